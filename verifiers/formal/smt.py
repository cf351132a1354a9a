"""`smt`: z3 says whether the completion's model, counterexample, formula or invariant is one."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from winnow.verifiers.code.extraction import code_of
from winnow.verifiers.formal.models import values_of
from winnow.verifiers.formal.terms import NoTerm, checked, read
from winnow.verifiers.registry import BadReference, Check, MissingReference, SpecError, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut

Form = Literal["model", "counterexample", "formula", "invariant"]
_NEEDS: dict[Form, tuple[str, ...]] = {
    "model": (),
    "counterexample": ("claim",),
    "formula": ("formula",),
    "invariant": ("init", "trans", "property"),
}
_FENCES = ("smt", "smt2", "smtlib", "smt-lib", "lisp", "json")


def _prepare(**_: object) -> None:
    if importlib.util.find_spec("z3") is not None:
        importlib.import_module("z3")


@verifier("smt", settings=("seconds",), deadline=120.0, prepare=_prepare)
def smt(
    constraints: str,
    form: Form = "model",
    claim: str | None = None,
    formula: str | None = None,
    init: str | None = None,
    trans: str | None = None,
    property: str | None = None,
    seconds: int = 5,
) -> Check:
    """Pass where z3 proves that the completion gives what `form` asks for, under `constraints` (SMT-LIB 2).

    - `model`: a value for every declared constant, with which all constraints hold.
    - `counterexample`: such a model in which the formula `claim` is false.
    - `formula`: a formula that is equivalent to `formula` wherever the constraints hold.
    - `invariant`: a formula over the declared constants, without those whose name ends in `!`, which stand
      for the next state: `init` implies it, it and `trans` imply it of the next state, and it implies
      `property`.

    Values are a model as solvers print it, a JSON object, or lines `x = 3`; formulas are terms of SMT-LIB 2.
    They are the last fenced block, else the whole completion, and hold literals, declared names and operators
    only, never a command. Where z3 has no answer in `seconds` a question, the verdict is `error`.
    """
    if importlib.util.find_spec("z3") is None:
        raise SpecError("smt needs the package z3-solver: pip install z3-solver", ("type",))
    given = {"claim": claim, "formula": formula, "init": init, "trans": trans, "property": property}
    for key in _NEEDS[form]:
        if given[key] is None:
            raise MissingReference(f"neither the recipe nor the reference gives {key!r}, which {form} needs")
    if not 0 < seconds <= 60:
        raise SpecError(f"seconds is {seconds}, expected 1 to 60", ("seconds",))
    return _Judge(constraints, form, {key: given[key] or "" for key in _NEEDS[form]}, seconds)


@dataclass(frozen=True, slots=True)
class _Judge:
    constraints: str
    form: Form
    given: dict[str, str]
    seconds: int

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        said = code_of(completion, _FENCES).strip()
        if not said:
            return Verdict.failed(EMPTY if not completion.strip() else "no SMT-LIB")
        from winnow.verifiers.formal.solving import Problem, Undecided

        try:
            problem = Problem(self.constraints, self.given, self.seconds)
        except ValueError as wrong:
            raise BadReference(str(wrong)) from None
        try:
            why = self._amiss(problem, said)
        except NoTerm as none:
            return Verdict.failed(cut(str(none), 120), extracted=said)
        except Undecided as undecided:
            return Verdict.error(f"smt: {undecided}")
        return Verdict.failed(why, extracted=said) if why else Verdict.passed(extracted=said)

    def _amiss(self, problem: Any, said: str) -> str:
        if self.form in ("model", "counterexample"):
            wrong: str = problem.model(values_of(said), refutes=self.given.get("claim"))
            return wrong
        terms = read(said)
        if len(terms) != 1:
            raise NoTerm(f"expected one formula, found {len(terms)}")
        told: str
        if self.form == "formula":
            told = problem.equivalent(checked(terms[0], problem.symbols))
        else:
            now = [name for name in problem.symbols if not name.endswith("!")]
            told = problem.invariant(checked(terms[0], now))
        return told
