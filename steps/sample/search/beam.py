"""Beam search over reasoning steps, with or without a look ahead."""

from __future__ import annotations

from winnow.steps.sample.search.node import (
    ROOT,
    Grow,
    Node,
    Search,
    Steps,
    best,
    branches,
    distinct,
    grown,
    rated,
    result,
)


def beam(n: int, width: int, depth: int, ahead: int = 0) -> Search:
    """Of `n` beams the `n / width` with the highest scores go on, in `width` ways each.

    Beams that say the same are one. What has ended leaves the beam and is a chain; the search ends when `n`
    have, when nothing is left, or after `depth` steps. A beam that lost some is not filled up with copies:
    it has fewer branches. With `ahead` the score of a beam is that of the text after so many further steps,
    each the likeliest (lookahead search), which are not kept.

    Source: Snell et al. 2024, arXiv 2408.03314, section 5.2.
    """
    ended, left = list[Node](), list[Node]()
    asks = branches([ROOT], n)
    for _ in range(depth):
        found = distinct((yield from grown(asks)))
        ended += [node for node in found if node.ended]
        left = [node for node in found if not node.ended]
        alive = [node for node in left if node.open]
        if len(ended) >= n or not alive:
            break
        scores = yield from looked_ahead(alive, ahead)
        left = best(alive, scores, max(1, n // width))
        asks = branches(left, width)
    yield from rated(ended)
    return result(ended, left)


def looked_ahead(nodes: list[Node], ahead: int) -> Steps[dict[Node, float]]:
    """The score of each node, or of what it becomes `ahead` steps on."""
    reached = {node: node for node in nodes}
    for _ in range(ahead):
        going = [node for node, last in reached.items() if last.open]
        further = yield from grown([Grow(reached[node], greedy=True) for node in going])
        reached.update(zip(going, further, strict=True))
    scores = yield from rated(reached.values())
    return {node: scores[last] for node, last in reached.items()}
