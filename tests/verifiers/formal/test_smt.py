"""`smt`: models, counterexamples, formulas and invariants, by z3 itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from winnow.verifiers import Status, Verdict
from winnow.verifiers.registry import load

SUM = "(declare-const x Int)(declare-const y Int)(assert (< x y))(assert (= (+ x y) 10))"
BOOLS = "(declare-const p Bool)(declare-const q Bool)"
MODEL = {"constraints": SUM}
COUNTER = {"constraints": SUM, "form": "counterexample", "claim": "(> x 0)"}
FORMULA = {"constraints": BOOLS, "form": "formula", "formula": "(=> p q)"}
INVARIANT = {
    "constraints": "(declare-const x Int)(declare-const x! Int)",
    "form": "invariant",
    "init": "(= x 0)",
    "trans": "(and (< x 10) (= x! (+ x 2)))",
    "property": "(not (= x 11))",
}
REAL = {"constraints": "(declare-const r Real)(assert (= (* 3 r) 1))"}
BITS = {"constraints": "(declare-const b (_ BitVec 8))(assert (= (bvadd b #x01) #x00))"}


def judged(reference: dict[str, Any], completion: str, **spec: Any) -> Verdict:
    return load({"type": "smt", **spec})(reference, completion)


@pytest.mark.parametrize(
    ("reference", "completion"),
    [
        (MODEL, "x = 3, y = 7"),
        (MODEL, "So:\n- x = -1\n- y = 11\n"),
        (MODEL, '```json\n{"x": 4, "y": 6}\n```'),
        (MODEL, "(model (define-fun x () Int (- 1)) (define-fun y () Int 11))"),
        (MODEL, "```smt2\n((define-fun x () Int 0)\n (define-fun y () Int 10))\n```"),
        (REAL, "r = 1/3"),
        (REAL, "(define-fun r () Real (/ 1.0 3.0))"),
        (BITS, "b = #xff"),
        (COUNTER, "x = -3, y = 13"),
        (FORMULA, "(or (not p) q)"),
        (FORMULA, "```smt2\n(ite p q true) ; the same\n```"),
        (INVARIANT, "(and (<= x 11) (= (mod x 2) 0))"),
    ],
)
def test_what_z3_proves_passes(reference: dict[str, Any], completion: str) -> None:
    verdict = judged(reference, completion)
    assert verdict.status is Status.PASS, verdict


@pytest.mark.parametrize(
    ("reference", "completion", "why"),
    [
        (MODEL, "x = 3, y = 8", "does not satisfy (= (+ x y) 10)"),
        (MODEL, "x = 7, y = 3", "does not satisfy (< x y)"),
        (MODEL, "x = 3", "no value for y"),
        (MODEL, "x = 3, y = 7, z = 1", "'z' is not declared"),
        (MODEL, "x = 3, y = 7, x = 3", "gives x twice"),
        (MODEL, "x = 9, y = true", "another sort"),
        (MODEL, "(define-fun x () Int y) (define-fun y () Int 11)", "no value"),
        (MODEL, "(define-fun x () Int (div 1 0)) (define-fun y () Int 7)", "no value"),
        (MODEL, "x = 1/0, y = 7", "no value"),
        (MODEL, "(assert false)", "no values"),
        (MODEL, "I do not know", "no values"),
        (MODEL, "", "empty completion"),
        (REAL, "r = 0.333333333333", "does not satisfy"),
        (REAL, "(define-fun r () Real (/ 1.0 0.0))", "no value"),
        (COUNTER, "x = 3, y = 7", "the claim holds"),
        (COUNTER, "x = -3, y = 7", "does not satisfy"),
        (FORMULA, "(or p q)", "differs"),
        (FORMULA, "(or (not p) q)) (assert false", "bracket"),
        (FORMULA, "(or (not p) q) (exit)", "one formula, found 2"),
        (FORMULA, "(exists ((p Bool)) (and p r))", "'r' is neither declared"),
        (FORMULA, "(" * 1000, "nested"),
        (FORMULA, "p " * 20_000, "characters"),
        (INVARIANT, "(<= x 10)", "a step leaves it"),
        (INVARIANT, "(= x 1)", "does not hold at the start"),
        (INVARIANT, "true", "does not imply the property"),
        (INVARIANT, "(= x! 0)", "neither declared"),
        (INVARIANT, "(+ x 1)", "z3"),
    ],
)
def test_what_it_refutes_fails_with_its_reason(reference: dict[str, Any], completion: str, why: str) -> None:
    verdict = judged(reference, completion)
    assert verdict.status in (Status.FAIL,) and (why in verdict.reason or why == "z3"), verdict


def test_no_command_of_a_candidate_or_a_row_runs(tmp_path: Path) -> None:
    command = f'(set-option :regular-output-channel "{tmp_path}/out")(echo "x")'
    judged(FORMULA, command)
    judged(MODEL, command)
    judged({"constraints": BOOLS + command}, "p = true, q = true")
    judged({**FORMULA, "formula": f"p) {command} (assert p"}, "p")
    assert not list(tmp_path.iterdir())


def test_a_question_that_takes_too_long_is_our_trouble() -> None:
    hard = {
        "constraints": "".join(f"(declare-const {name} Int)(assert (> {name} 2))" for name in "abcn"),
        "form": "formula",
        "formula": "(= (+ (* a a a) (* b b b)) (* c c c))",
    }
    verdict = judged(hard, "false", seconds=1)  # Fermat's last theorem for cubes
    assert verdict.status is Status.ERROR and "within 1 s" in verdict.reason, verdict


@pytest.mark.parametrize(
    "reference",
    [
        {"constraints": "(declare-const"},
        {"constraints": BOOLS, "form": "formula"},
        {"constraints": BOOLS, "form": "formula", "formula": "(=> p"},
        {"constraints": "(check-sat)"},
        {"constraints": BOOLS, "form": "proof"},
        {},
    ],
)
def test_a_reference_that_is_none_is_our_trouble(reference: dict[str, Any]) -> None:
    assert judged(reference, "p = true, q = true").status is Status.ERROR
