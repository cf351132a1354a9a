"""`coq`, by the real coqc: a right proof passes, and each way to cheat fails with its reason."""

from __future__ import annotations

import shutil
from typing import Any

import pytest

from winnow.verifiers import Status, Verdict
from winnow.verifiers.formal.coq_text import forbidden
from winnow.verifiers.registry import load

pytestmark = pytest.mark.skipif(shutil.which("coqc") is None, reason="coqc is not installed (apt: coq)")

REFERENCE = {"statement": "forall n : nat, n + 0 = n"}
HEAD = "Theorem goal : forall n : nat, n + 0 = n.\n"
PROOF = "Proof. induction n as [|n IH]; simpl; [reflexivity | rewrite IH; reflexivity]. Qed.\n"
TREES = {
    "definitions": (
        "Inductive tree := leaf | node (l r : tree).\n"
        "Fixpoint flip t := match t with leaf => leaf | node l r => node (flip r) (flip l) end."
    ),
    "statement": "forall t, flip (flip t) = t",
}
EXTENSIONAL = {
    "preamble": "Require Import FunctionalExtensionality.",
    "statement": "forall f g : nat -> nat, (forall x, f x = g x) -> f = g",
}


def judged(completion: str, reference: dict[str, Any] | None = None, **spec: Any) -> Verdict:
    return load({"type": "coq", **spec})(reference or REFERENCE, completion)


@pytest.mark.parametrize(
    ("reference", "completion"),
    [
        (REFERENCE, HEAD + PROOF),
        (REFERENCE, f"Induction does it:\n```coq\n{HEAD}{PROOF}```\n"),
        (REFERENCE, PROOF),
        (REFERENCE, "Lemma half : forall n : nat, n + 0 = n.\n" + PROOF + HEAD + "Proof. exact half. Qed."),
        (TREES, "Proof. induction t; simpl; congruence. Qed."),
        (
            {"preamble": "Require Import Lia.", "statement": "forall x y : nat, x < y -> 2 * x < 2 * y"},
            "Proof. lia. Qed.",
        ),
        ({"statement": "True", "theorem": "trivial"}, "Definition trivial := I."),
    ],
)
def test_a_proof_passes(reference: dict[str, Any], completion: str) -> None:
    verdict = judged(completion, reference)
    assert verdict.status is Status.PASS, verdict


@pytest.mark.parametrize(
    ("completion", "why"),
    [
        (HEAD + "Proof. Admitted.", "not proven: Cand.goal"),
        (HEAD + "Proof. admit. Admitted.", "not proven: Cand.goal"),
        (f"Axiom given : forall n, n + 0 = n.\n{HEAD}Proof. exact given. Qed.", "not proven: Cand.given"),
        (f"Parameter given : False.\n{HEAD}Proof. destruct given. Qed.", "not proven: Cand.given"),
        (f"Module Type T. Parameter f : False. End T. Declare Module M : T.\n{HEAD}Proof. destruct M.f. Qed.",
         "not proven: Cand.M.f"),
        (f'Notation "x = y" := True : type_scope.\n{HEAD}Proof. intros. exact I. Qed.',
         "does not prove the statement"),
        (f"Notation nat := unit.\n{HEAD}Proof. Qed.", "expected to have type"),
        ("Definition nat := unit.\nTheorem goal : forall n : nat, n = n.\nProof. reflexivity. Qed.",
         "does not prove the statement"),
        ("Theorem goal : forall n : nat, n = n.\nProof. reflexivity. Qed.", "does not prove the statement"),
        ("Theorem goal : 1 + 0 = 1.\nProof. reflexivity. Qed.", "does not prove the statement"),
        (f"Unset Guard Checking.\nFixpoint f (n : nat) : False := f n.\n{HEAD}Proof. destruct (f 0). Qed.",
         "Guard Checking"),
        (f"#[bypass_check(guard)] Fixpoint f (n : nat) : False := f n.\n{HEAD}Proof. destruct (f 0). Qed.",
         "bypass_check"),
        (f'Declare ML Module "evil_plugin".\n{HEAD}{PROOF}', "plugin"),
        (f'Declare (* it *) ML\nModule "evil_plugin".\n{HEAD}{PROOF}', "plugin"),
        (f'Redirect "/tmp/out" Print nat.\n{HEAD}{PROOF}', "writes a file"),
        (f'Extraction "out.ml" plus.\n{HEAD}{PROOF}', "writes a file"),
        (f'Load "/etc/passwd".\n{HEAD}{PROOF}', "loads a file"),
        (f"{HEAD}Proof. repeat (pose proof I). Qed.", "CPU time"),
        (f"{HEAD}Proof. intros. reflexivity. Qed.", "Unable to unify"),
        ("Theorem other : True.\nProof. exact I. Qed.", "Cand.goal"),
        ("(* nothing", "never ends"),
        ("I do not know.", "Syntax error"),
        ("", "empty completion"),
        ("```python\nx\n```", "no Coq"),
    ],
)  # fmt: skip
def test_what_is_no_proof_fails_with_its_reason(completion: str, why: str) -> None:
    verdict = judged(completion, seconds=4)
    assert verdict.status is Status.FAIL and why in verdict.reason, verdict


def test_checks_that_are_off_are_seen_whatever_the_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall behind the words: Coq itself says what a proof rests on."""
    monkeypatch.setattr("winnow.verifiers.formal.coq.forbidden", lambda _: "")
    loop = f"Unset Guard Checking.\nFixpoint f (n : nat) : False := f n.\n{HEAD}Proof. destruct (f 0). Qed."
    assert judged(loop).status is Status.FAIL
    outside = f'Redirect "/tmp/Wrap" Print nat.\n{HEAD}Proof. Admitted.'
    assert judged(outside).status is Status.FAIL


def test_axioms_pass_where_they_are_allowed() -> None:
    proof = "Proof. intros. extensionality x. apply H. Qed."
    assert "functional_extensionality_dep" in judged(proof, EXTENSIONAL).reason
    assert judged(proof, EXTENSIONAL, axioms=["functional_extensionality_dep"]).status is Status.PASS
    fake = (
        "Module M. Axiom functional_extensionality_dep : False. End M.\n"
        f"Theorem goal : {EXTENSIONAL['statement']}.\nProof. destruct M.functional_extensionality_dep. Qed."
    )
    assert "Cand.M" in judged(fake, EXTENSIONAL, axioms=["functional_extensionality_dep"]).reason


@pytest.mark.parametrize(
    "reference",
    [{"statement": "forall n, n + = n"}, {"statement": " "}, {"statement": "True", "theorem": "a b"}, {}],
)
def test_a_statement_that_is_none_is_our_trouble(reference: dict[str, Any]) -> None:
    verdict = load("coq")(reference, PROOF)
    assert verdict.status is Status.ERROR and ("statement" in verdict.reason or "theorem" in verdict.reason)


def test_no_row_allows_axioms() -> None:
    row = {**REFERENCE, "check": {"type": "coq", "axioms": ["Cand.goal"]}}
    assert load("per_problem")(row, HEAD + "Proof. Admitted.").status is Status.ERROR
    assert (
        load("coq")({**REFERENCE, "axioms": ["Cand.goal"]}, HEAD + "Proof. Admitted.").status is Status.FAIL
    )


def test_words_in_comments_and_strings_say_nothing() -> None:
    assert forbidden('(* Load "x". (* Redirect *) *) Check "Cd". Definition Loads := 1.') == ""
    assert forbidden('(* " *) Load "x". (* " *)') == ""  # all of it is a comment, which holds strings
    assert forbidden('(* " *) Load "x".') == "a comment or a string never ends"
