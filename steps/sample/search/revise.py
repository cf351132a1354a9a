"""Sequential revisions: the next attempt sees the last ones."""

from __future__ import annotations

from winnow.steps.sample.search.node import ROOT, Node, Search, branches, distinct, grown, rated


def revise(n: int, length: int) -> Search:
    """`n / length` chains of `length` attempts, each a whole answer that is asked for after the ones before.

    Here a node's steps are attempts, and each attempt of each chain is a result: the node up to it. One
    that was cut off has no further attempt.

    Source: Snell et al. 2024, arXiv 2408.03314, section 6.
    """
    chains = [ROOT] * max(1, n // length)
    made: list[Node] = []
    for _ in range(length):
        chains = yield from grown(branches(chains, 1))
        made += chains
        chains = [node for node in chains if not node.cut]
    yield from rated(made)
    return distinct(made)
