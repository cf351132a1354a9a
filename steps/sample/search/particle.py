"""Particle filtering: who goes on is drawn, by how good the scorer thinks it is."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence

from winnow.steps.sample.search.node import ROOT, Search, branches, grown, rated, result

_LEAST = 1e-6  # a score of 0 or 1 has no logit


def particle(n: int, depth: int, seed: int) -> Search:
    """`n` particles grow a step, and are drawn anew in proportion to the odds of their scores.

    The log-weight of a particle is the logit of its score. One that has ended keeps its weight and stands
    still: it may be drawn again, or be lost. The search ends when all have, or after `depth` steps.

    Source: Puri et al. 2025, arXiv 2502.01618.
    """
    chance = random.Random(seed)
    particles = [ROOT] * n
    for _ in range(depth):
        going = [at for at, node in enumerate(particles) if node.open]
        found = yield from grown(branches((particles[at] for at in going), 1))
        if not found:
            break
        for at, node in zip(going, found, strict=True):
            particles[at] = node
        scores = yield from rated(particles)
        weights = softmax([logit(scores[node]) for node in particles])
        particles = chance.choices(particles, weights, k=n)
    return result([node for node in particles if node.ended], particles)


def logit(score: float) -> float:
    """The logarithm of the odds of a probability.

    >>> round(logit(0.9), 3), logit(0.5), round(logit(1.0), 1)
    (2.197, 0.0, 13.8)
    """
    held = min(max(score, _LEAST), 1 - _LEAST)
    return math.log(held / (1 - held))


def softmax(values: Sequence[float]) -> list[float]:
    """Shares in proportion to the exponentials.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    top = max(values)
    raised = [math.exp(value - top) for value in values]
    total = math.fsum(raised)
    return [one / total for one in raised]
