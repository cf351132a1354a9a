"""Ledgers made by hand, for tests of what follows the ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Sampling, completion_row, now, problem_row, verdict_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.verifiers.registry import Verifier
from winnow.verifiers.verdict import Verdict

SAMPLING = Sampling("engine", "parameters", "model", ('{"temperature":0.8}',))
VERIFIER = Verifier("number", "1", {}, lambda reference, completion: Verdict.passed())
FINGERPRINT = "fingerprint"

_VERDICTS = {
    "p": Verdict.passed(extracted="1"),
    "f": Verdict.failed("wrong", extracted="2"),
    "e": Verdict.error("broke"),
    "s": Verdict.skipped("does not apply"),
    "c": Verdict.skipped("truncated"),
}

Told = Sequence[tuple[str, str]]  # (letter of the verdict, text) of each candidate; `c` was cut off


def problem_of(at: int, family: str = "sums") -> Problem:
    return Problem(
        f"p{at:04}", ({"role": "user", "content": f"question {at}"},), {"answer": at}, {"family": family}
    )


def write_ledger(
    root: Path,
    groups: Sequence[Told],
    *,
    backwards: bool = False,
    problem_at: Callable[[int], Problem] = problem_of,
) -> Ledger:
    """A ledger of these groups; `backwards` commits the same rows in another order and in other files."""
    root.parent.mkdir(parents=True, exist_ok=True)
    ledger, at = Ledger(root), now()
    commits = []
    for number, told in enumerate(groups):
        problem = problem_at(number)
        completions, verdicts = [], []
        for index, (letter, text) in enumerate(told):
            choice = Choice(text, "length" if letter == "c" else "stop", tokens=len(text.split()))
            one = Candidate(SAMPLING.key(problem.id, index), index, choice)
            completions.append(completion_row(problem.id, one, SAMPLING, "r", at))
            verdicts.append(
                verdict_row(problem.id, one.id, _VERDICTS[letter], VERIFIER, FINGERPRINT, "r", at)
            )
        commits.append(
            {"problems": [problem_row(problem, "r")], "completions": completions, "verdicts": verdicts}
        )
    if backwards:
        for commit in reversed(commits):
            ledger.commit({table: rows[::-1] for table, rows in commit.items()})
    elif commits:
        ledger.commit({table: [row for commit in commits for row in commit[table]] for table in commits[0]})
    return ledger
