"""Do the answers agree? Self-consistency, and when it is enough of it: no verdict is looked at.

Self-consistency: the answer that most completions give is mostly right (Wang et al. 2022, arXiv 2203.11171).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import comb

from winnow.steps.answers import answer_of
from winnow.steps.records import Candidate
from winnow.steps.sample.until import Agree
from winnow.verifiers.verdict import Status

Answers = Sequence[str | None]
"""In order; None is an answer that could not be taken out: it is like no other, and never wins."""


def answers_of(judged: Iterable[Candidate]) -> list[str | None]:
    """The answers that count. Those that were cut off do not, nor what we had trouble with ourselves."""
    return [
        _answer(one)
        for one in judged
        if one.verdict is not None and one.verdict.status is not Status.ERROR and not one.truncated
    ]


def missing(agree: Agree, answers: Answers) -> int:
    """How many answers more would be enough if all of them agreed; 0 where there are enough.

    So whoever asks for so many, and again for so many, stops where one would who asks one by one.

    >>> missing(Agree(confidence=0.95), []), missing(Agree(confidence=0.95), ["7", "7", "8"])
    (4, 4)
    >>> missing(Agree(window=3), ["7", "7", None, "7"]), missing(Agree(window=2), ["7", "7"])
    (2, 0)
    """
    if agree.window is not None:
        return _missing_in_window(agree.window, answers)
    found = Counter(one for one in answers if one is not None).most_common(2)
    first = found[0][1] if found else 0
    second = max(found[1][1] if len(found) > 1 else 0, int(None in answers))
    more = 0 if first else 1
    while confidence(first + more, second) < (agree.confidence or 1.0):
        more += 1
    return more


def _missing_in_window(window: int, answers: Answers) -> int:
    for at in range(0, len(answers) - window + 1, window):
        if answers[at] is not None and len(set(answers[at : at + window])) == 1:
            return 0
    return window - len(answers) % window


@lru_cache(maxsize=100_000)
def confidence(first: int, second: int) -> float:
    """The chance that of two answers, given so often each, the first is the likelier one.

    The posterior of its share of the two is Beta(first + 1, second + 1), which lies above 1/2 with the
    chance that of first + second + 1 tosses of a coin more than `second` are heads.

    >>> confidence(3, 0), confidence(4, 0), confidence(2, 2)
    (0.9375, 0.96875, 0.5)
    """
    tosses = first + second + 1
    return 1 - sum(comb(tosses, heads) for heads in range(second + 1)) / (1 << tosses)


def _answer(candidate: Candidate) -> str | None:
    return answer_of(candidate.verdict.extracted, candidate.digest) if candidate.verdict else None
