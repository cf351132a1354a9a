"""Compute-optimal search: a few answers tell how hard a problem is, and that which search it gets."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from winnow.steps.sample.search.dvts import chains
from winnow.steps.sample.search.node import Node, Search, Steps, distinct, rated, result, verified


def compute_optimal(
    probe: int, depth: int, chosen: Callable[[float], Search], *, by_verdict: bool = False
) -> Search:
    """`probe` answers, and then the search that is `chosen` for what they are worth on average.

    What that search asks of what the probe has asked is answered already. Its chains are the result, behind
    those of the probe where these have a verdict. Where a scorer is all there is they only count if the
    search finds them, too: nobody pruned them, and whoever chooses by a reward would fall for them.

    Source: Snell et al. 2024, arXiv 2408.03314, section 3: difficulty predicted by the model, or with
    `by_verdict` that of an oracle.
    """
    first = yield from chains(probe, depth)
    worth = yield from worth_of(first, by_verdict)
    rest = yield from chosen(worth)
    return both(first, rest) if by_verdict else rest


def trial(probe: int, depth: int, searches: Sequence[Search], *, by_verdict: bool = False) -> Search:
    """The probe, and then each of these searches. What one of them would have found with its probe alone is
    known afterwards, since a search hangs on nothing but the answers."""
    found = yield from chains(probe, depth)
    yield from worth_of(found, by_verdict)
    for search in searches:
        found = both(found, (yield from search))
    return found


def worth_of(answers: Sequence[Node], by_verdict: bool) -> Steps[float]:
    """The mean score of answers, or the share that passes; one that did not end counts as 0."""
    ended = [node for node in answers if node.ended]
    scores = yield from verified(ended) if by_verdict else rated(ended)
    known = [scores[node] for node in ended if math.isfinite(scores[node])]
    return math.fsum(known) / len(answers)


def both(first: Sequence[Node], then: Sequence[Node]) -> list[Node]:
    """The chains of two searches, those of the first in front."""
    found = distinct([*first, *then])
    return result([node for node in found if node.ended], found)
