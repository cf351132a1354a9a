"""A golden check in two halves: take the answer out of the completion, then decide whether it is right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.verdict import Verdict


@dataclass(slots=True, eq=False)
class GoldenCheck:
    """A check whose verdict depends on the extracted answer alone.

    So completions that end in the same answer are judged once. `extract` and `fast` take time linear in
    what they are given, whatever it is, and need no deadline: they run where the completions are. `slow`
    may take its time and is asked in a worker only, where `fast` does not know (None). `lacking` is why a
    completion fails in which `extract` finds nothing. `answers` are the
    right ones and `frame` a completion with `{}` where one stands: what must pass, for trying the check.

    >>> def right(told: str) -> Verdict:
    ...     return Verdict.passed(extracted=told)
    >>> GoldenCheck(str.strip, fast=right, slow=right)({}, " 42 ").extracted
    '42'
    """

    extract: Callable[[str], str | None]
    fast: Callable[[str], Verdict | None]
    slow: Callable[[str], Verdict]
    lacking: str = "no answer"
    answers: tuple[str, ...] = ()
    frame: str = "{}"

    def saying(self, answer: str) -> str:
        """A completion that gives this answer."""
        return self.frame.replace("{}", answer)

    @property
    def golds(self) -> tuple[str, ...]:
        """Completions that must pass."""
        return tuple(map(self.saying, self.answers))

    def without_answer(self, completion: str) -> Verdict:
        """The verdict where `extract` found nothing."""
        return Verdict.failed(self.lacking if completion.strip() else "empty completion")

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        found = self.extract(completion)
        if found is None:
            return self.without_answer(completion)
        return self.fast(found) or self.slow(found)
