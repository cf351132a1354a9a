"""Monte-Carlo labels of reasoning steps, as pure functions of the verdicts on rollouts.

Whoever has rollouts made asks `look` what is missing until nothing is; whoever has their verdicts alone asks
the same for the labels. So labels follow from a ledger, in whatever order its rows came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from winnow.steps.process.config import LabelConfig
from winnow.verifiers.verdict import Status

Verdicts = Mapping[int, Status]
"""Of the rollouts from one prefix, by index; those that could not be judged are not there yet."""


@dataclass(frozen=True, slots=True)
class Labels:
    """Whether each reasoning step is good, from the first on. By `binary` the first bad one is the last that
    has a label; `shares` is by `exhaustive` how many rollouts from each step passed, 0 after the last."""

    good: tuple[bool, ...]
    shares: tuple[float, ...] | None = None

    @property
    def first_error(self) -> int | None:
        """The place of the first bad step, from 0; None where all are good."""
        return self.good.index(False) if False in self.good else None


@dataclass(frozen=True, slots=True)
class Owed:
    """Rollouts that are missing: their indices, for each number of steps that they go on from."""

    of: Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Undecided:
    """The rollouts from a prefix were all cut off or skipped: they tell nothing, and neither would more."""


def look(steps: int, rollouts: Mapping[int, Verdicts], config: LabelConfig) -> Labels | Owed | Undecided:
    """What is known of an answer of so many steps that failed, by the rollouts from its first 1, 2, ... ones.

    Nothing and everything are known for nothing: the problem was solved, and the answer ends wrong.

    >>> config = LabelConfig(rollouts=2)
    >>> look(3, {}, config)
    Owed(of={1: (0,)})
    >>> look(3, {1: {0: Status.FAIL, 1: Status.PASS}, 2: {0: Status.FAIL, 1: Status.FAIL}}, config)
    Labels(good=(True, False), shares=None)
    """
    if steps < 1:
        raise ValueError(f"an answer of {steps} steps has none to label")
    search = _by_halves if config.method == "binary" else _one_by_one
    return search(steps, rollouts, config.rollouts)


def _by_halves(steps: int, rollouts: Mapping[int, Verdicts], most: int) -> Labels | Owed | Undecided:
    good, bad = 0, steps
    while bad - good > 1:
        middle = (good + bad) // 2
        found = _goes_on(rollouts.get(middle, {}), most)
        if isinstance(found, tuple):
            return Owed({middle: found})
        if found == "unknown":
            return Undecided()
        good, bad = (middle, bad) if found == "good" else (good, middle)
    return Labels((True,) * good + (False,))


def _goes_on(verdicts: Verdicts, most: int) -> Literal["good", "bad", "unknown"] | tuple[int, ...]:
    """Whether a prefix is good, or the indices that are to be asked for to know it.

    They are asked for in waves, each as large as all before it. What passed counts with its wave: whichever
    of it came first, and whatever was killed, the same is asked for.

    >>> _goes_on({}, 8), _goes_on({0: Status.FAIL, 1: Status.FAIL}, 3), _goes_on({0: Status.PASS}, 8)
    ((0,), (2,), 'good')
    """
    end = 0
    while end < most:
        start, end = end, min(most, max(1, 2 * end))
        if missing := tuple(at for at in range(start, end) if at not in verdicts):
            return missing
        if any(verdicts[at] is Status.PASS for at in range(start, end)):
            return "good"
    return "bad" if any(verdicts[at] is Status.FAIL for at in range(most)) else "unknown"


def _one_by_one(steps: int, rollouts: Mapping[int, Verdicts], most: int) -> Labels | Owed | Undecided:
    owed = {
        at: missing
        for at in range(1, steps)
        if (missing := tuple(index for index in range(most) if index not in rollouts.get(at, {})))
    }
    if owed:
        return Owed(owed)
    shares = []
    for at in range(1, steps):
        told = [rollouts[at][index] for index in range(most)]
        passed, failed = told.count(Status.PASS), told.count(Status.FAIL)
        if not passed + failed:
            return Undecided()
        shares.append(passed / (passed + failed))
    return Labels((*(share > 0 for share in shares), False), (*shares, 0.0))
