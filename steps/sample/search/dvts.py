"""Trees that know nothing of each other: diverse verifier tree search, and its single tree."""

from __future__ import annotations

from winnow.steps.sample.search.node import ROOT, Node, Search, Steps, best, branches, grown, rated, result


def dvts(n: int, width: int, depth: int) -> Search:
    """`n / width` trees, each of which goes on at every step with the best of `width` next ones.

    A tree ends where its best one does, or after `depth` steps. Trees that say the same draw other steps.

    Source: Beeching et al. 2024, "Scaling test-time compute with open models".
    """
    trees = [ROOT] * max(1, n // width)
    for _ in range(depth):
        going = [at for at, node in enumerate(trees) if node.open]
        found = yield from grown(branches((trees[at] for at in going), width))
        if not found:
            break
        scores = yield from rated(found)
        for place, at in enumerate(going):
            trees[at] = best(found[place * width : (place + 1) * width], scores, 1)[0]
    return result([node for node in trees if node.ended], trees)


def greedy_steps(width: int, depth: int) -> Search:
    """The best of `width` next steps, again and again: one tree."""
    return dvts(width, width, depth)


def best_of(n: int, depth: int) -> Search:
    """`n` chains of their own, which nobody prunes: what a search is measured against."""
    found = yield from chains(n, depth)
    ended = [node for node in found if node.ended]
    yield from rated(ended)
    return result(ended, found)


def chains(n: int, depth: int) -> Steps[list[Node]]:
    """`n` chains of at most `depth` steps. Fewer of them are the first of these."""
    found: list[Node] = [ROOT] * n
    for _ in range(depth):
        going = [at for at, node in enumerate(found) if node.open]
        further = yield from grown(branches((found[at] for at in going), 1))
        for at, node in zip(going, further, strict=True):
            found[at] = node
    return found
