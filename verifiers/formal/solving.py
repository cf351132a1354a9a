"""Questions to z3. Imported where one is asked, since z3 takes a while."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import z3

from winnow.verifiers.formal.terms import NoTerm, read, told
from winnow.verifiers.verdict import cut

_SHOWN = 60
_MEMORY_MB = 1024
_COMMANDS = (
    "declare-const",
    "declare-fun",
    "declare-sort",
    "define-fun",
    "define-sort",
    "assert",
    "set-logic",
)


class Undecided(Exception):
    """z3 has no answer in time, or none at all."""


class Problem:
    """The constraints of a reference, and the formulas that come with them.

    `names` are the constants that the constraints declare, `symbols` these and the functions.
    """

    def __init__(self, constraints: str, given: Mapping[str, str], seconds: int) -> None:
        """Raises ValueError where the reference is none."""
        self._context = z3.Context()
        self._seconds = seconds
        self._declared = constraints
        self.names, self.symbols = _declarations(constraints)
        z3.set_param("memory_max_size", _MEMORY_MB)
        try:
            self.assertions = list(z3.parse_smt2_string(constraints, ctx=self._context))
        except z3.Z3Exception as wrong:
            raise ValueError(f"constraints: {_said(wrong)}") from None
        self._given = {}
        for key, text in given.items():
            try:
                terms = read(text)
                if len(terms) != 1:
                    raise NoTerm(f"expected one formula, found {len(terms)}")
                self._given[key] = self._formula(told(terms[0]))
            except NoTerm as wrong:
                raise ValueError(f"{key}: {wrong}") from None

    def model(self, values: Mapping[str, str], refutes: str | None) -> str:
        """What is wrong with a model, or a counterexample to the claim; empty where nothing is.

        Raises:
            Undecided: z3 cannot tell in its time.
            NoTerm: a value is none.
        """
        if missing := [name for name in self.names if name not in values]:
            return f"it gives no value for {missing[0]}"
        if foreign := [name for name in values if name not in self.names]:
            return f"{cut(foreign[0], 40)!r} is not declared"
        for name, value in values.items():
            if z3.is_bool(self._constant(name)) != (value in ("true", "false")):  # z3 would take true for 1
                return f"{name} is of another sort than {value}"
        equal = [self._formula(f"(= {name} {value})") for name, value in values.items()]
        if not self._satisfiable(equal):
            return "its values contradict each other"
        for one in self.assertions:
            if not self._satisfiable([*equal, one]):
                return f"it does not satisfy {cut(' '.join(one.sexpr().split()), _SHOWN)}"
        if refutes is not None and not self._satisfiable([*equal, z3.Not(self._given["claim"])]):
            return "the claim holds in it"
        return ""

    def equivalent(self, text: str) -> str:
        """Where a formula differs from the reference's; empty where it does not. Raises as `model` does."""
        found = self._formula(text)
        return self._valid(found == self._given["formula"], "it differs", self.assertions)

    def invariant(self, text: str) -> str:
        """Which of the three conditions of an invariant fails; empty where none does. Raises as `model`."""
        now = self._formula(text)
        pairs = [
            (self._constant(name), self._constant(f"{name}!"))
            for name in self.names
            if f"{name}!" in self.names
        ]
        after = z3.substitute(now, *pairs)
        given = self._given
        return (
            self._valid(z3.Implies(given["init"], now), "it does not hold at the start", self.assertions)
            or self._valid(
                z3.Implies(z3.And(now, given["trans"]), after), "a step leaves it", self.assertions
            )
            or self._valid(
                z3.Implies(now, given["property"]), "it does not imply the property", self.assertions
            )
        )

    def _valid(self, formula: Any, why: str, under: list[Any]) -> str:
        solver = self._solver([*under, z3.Not(formula)])
        answer = solver.check()
        if answer == z3.unsat:
            return ""
        if answer == z3.unknown:
            raise Undecided(f"z3 has no answer within {self._seconds} s ({solver.reason_unknown()})")
        return f"{why}, with {cut(' '.join(str(solver.model()).split()), _SHOWN)}"

    def _satisfiable(self, formulas: list[Any]) -> bool:
        solver = self._solver(formulas)
        answer = solver.check()
        if answer == z3.unknown:
            raise Undecided(f"z3 has no answer within {self._seconds} s ({solver.reason_unknown()})")
        return bool(answer == z3.sat)

    def _solver(self, formulas: list[Any]) -> Any:
        solver = z3.Solver(ctx=self._context)
        solver.set("timeout", 1000 * self._seconds)
        solver.add(formulas)
        return solver

    def _formula(self, text: str) -> Any:
        """A formula over what is declared. Raises NoTerm."""
        try:
            found = z3.parse_smt2_string(f"{self._declared}\n(assert {text})", ctx=self._context)
        except z3.Z3Exception as wrong:
            raise NoTerm(_said(wrong)) from None
        return found[len(found) - 1] if len(found) > len(self.assertions) else z3.BoolVal(True, self._context)

    def _constant(self, name: str) -> Any:
        return self._formula(f"(= {name} {name})").arg(0)


def _declarations(constraints: str) -> tuple[list[str], list[str]]:
    """The constants that SMT-LIB text declares, and all its symbols.

    Raises:
        ValueError: it holds a command that does more than declare, define and assert.
    """
    constants, symbols = [], []
    for one in read(constraints):
        command = one[0] if isinstance(one, list) and one else one
        if not isinstance(one, list) or command not in _COMMANDS:
            raise NoTerm(f"constraints: expected {', '.join(_COMMANDS)}; found {cut(told(one), 40)}")
        if len(one) >= 3 and isinstance(one[1], str):
            symbols.append(one[1])
            if command == "declare-const" or (command == "declare-fun" and one[2] == []):
                constants.append(one[1])
    return constants, symbols


def _said(wrong: Exception) -> str:
    told = wrong.args[0] if wrong.args else ""
    text = told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
    return cut(" ".join(text.split()), 120)
