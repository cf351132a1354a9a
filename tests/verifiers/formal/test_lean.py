"""`lean`: what can be said without Lean. Where it is installed, a proof and an open one are judged by it."""

from __future__ import annotations

import shutil

import pytest

from winnow.verifiers import Status
from winnow.verifiers.formal.lean_text import axioms_of, forbidden
from winnow.verifiers.registry import load

REFERENCE = {"statement": "∀ n : Nat, n + 0 = n"}


@pytest.mark.skipif(shutil.which("lean") is not None, reason="Lean is installed")
def test_where_lean_is_missing_it_says_what_is() -> None:
    verdict = load("lean")(REFERENCE, "theorem goal : ∀ n : Nat, n + 0 = n := by intro n; rfl")
    assert verdict.status is Status.ERROR and "lean is not on the PATH" in verdict.reason


@pytest.mark.skipif(shutil.which("lean") is None, reason="Lean is not installed")
def test_lean_judges() -> None:
    judge = load("lean")
    assert judge(REFERENCE, "by intro n; rfl").status is Status.PASS
    assert judge(REFERENCE, "theorem goal : ∀ n : Nat, n = n := by intro n; rfl").status is Status.FAIL


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("theorem goal : 1 = 2 := by sorry", "sorry"),
        ("axiom a : False\ntheorem goal : 1 = 2 := a.elim", "axiom"),
        ("#eval IO.FS.writeFile \"x\" \"y\"", "runs code"),
        ("local macro \"x\" : term => `(1)", "syntax"),
        ("theorem goal : 1 = 1 := by native_decide", "compiler"),
        ("set_option debug.skipKernelTC true", "kernel"),
        ("import Lean", "imports"),
    ],
)  # fmt: skip
def test_what_cheats_is_refused_with_its_reason(code: str, why: str) -> None:
    verdict = load("lean")(REFERENCE, code)
    assert verdict.status is Status.FAIL and why in verdict.reason


def test_comments_say_nothing() -> None:
    assert forbidden("/- sorry /- axiom -/ -/ theorem goal : 1 = 1 := rfl -- sorry") == ""


def test_foreign_axioms_are_named() -> None:
    told = "'winnow_goal' depends on axioms: [propext,\n Classical.choice, evil]"
    assert axioms_of(told, "winnow_goal", ["propext", "Classical.choice"]).endswith("not proven: evil")
    assert axioms_of(told, "winnow_goal", ["propext", "Classical.choice", "evil"]) == ""
    assert "lean says" in axioms_of(told + "\nmore", "winnow_goal", ["propext", "Classical.choice", "evil"])
