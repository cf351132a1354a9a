"""Searches written down for whoever reads them: one problem at a time, every call made where it is needed.

`winnow.steps.sample.search` must find the same, and ask the same of the model.
"""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from typing import Any

from winnow.steps.sample.search.node import Grow, Node, Rate, Search

WORDS = ("add\n\n", "carry\n\n", "check\n\n")
LAST = ("so 4", "so 5")
Path = tuple[str, ...]


def fraction(*parts: object) -> float:
    """A number from 0 to 1 that hangs on the parts alone."""
    return int.from_bytes(hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()) / 2**64


class World:
    """A stochastic model and its PRM. Few words, so that beams meet; few scores, so that they tie.

    `calls` are the steps that the model was asked for, `rated` the texts that were scored.
    """

    def __init__(self, seed: int, ends: float = 0.25, cuts: float = 0.03) -> None:
        self.seed, self.ends, self.cuts = seed, ends, cuts
        self.calls: list[tuple[Path, int, bool]] = []
        self.rated: list[Path] = []

    def next(self, path: Path, draw: int = 0, greedy: bool = False) -> str:
        """The next step; it ends in a blank line unless it is the last, and in `...` where it was cut off."""
        self.calls.append((path, draw, greedy))
        luck = random.Random(f"{self.seed}|{path}|{'greedy' if greedy else draw}")
        if luck.random() < self.cuts:
            return "and then ..."
        return luck.choice(LAST if luck.random() < self.ends else WORDS)

    def score(self, path: Path) -> float:
        self.rated.append(path)
        return round(fraction(self.seed, path), 1)


def ended(path: Path) -> bool:
    return bool(path) and path[-1] in LAST


def stuck(path: Path) -> bool:
    return bool(path) and path[-1].endswith("...")


def going(path: Path) -> bool:
    return not ended(path) and not stuck(path)


def unique(paths: Sequence[Path]) -> list[Path]:
    return [path for at, path in enumerate(paths) if path not in paths[:at]]


def beam(world: World, n: int, width: int, depth: int, ahead: int = 0) -> list[Path]:
    done: list[Path] = []
    beams: list[Path] = [()]
    copies = n
    for _ in range(depth):
        children = unique([(*path, world.next(path, draw)) for path in beams for draw in range(copies)])
        done.extend(path for path in children if ended(path))
        beams = [path for path in children if going(path)]
        if len(done) >= n or not beams:
            beams = [path for path in children if not ended(path)]
            break
        values = {}
        for path in beams:
            seen = path
            for _ in range(ahead):
                if going(seen):
                    seen = (*seen, world.next(seen, greedy=True))
            values[path] = world.score(seen)
        beams.sort(key=lambda path: values[path], reverse=True)  # stable
        del beams[max(1, n // width) :]
        copies = width
    for path in done:
        world.score(path)
    return done or beams


def dvts(world: World, n: int, width: int, depth: int) -> list[Path]:
    trees: list[Path] = [() for _ in range(n // width)]
    for _ in range(depth):
        used: dict[Path, int] = {}
        for at, path in enumerate(list(trees)):
            if not going(path):
                continue
            first = used.get(path, 0)
            used[path] = first + width
            best, top = path, -1.0
            for draw in range(first, first + width):
                child = (*path, world.next(path, draw))
                value = world.score(child)
                if value > top:
                    best, top = child, value
            trees[at] = best
    return unique([path for path in trees if ended(path)]) or unique(trees)


def greedy_steps(world: World, width: int, depth: int) -> list[Path]:
    path: Path = ()
    for _ in range(depth):
        if going(path):
            children = [(*path, world.next(path, draw)) for draw in range(width)]
            path = max(children, key=world.score)  # of equals the first
    return [path]


def particle(world: World, n: int, depth: int, seed: int) -> list[Path]:
    luck = random.Random(seed)
    particles: list[Path] = [()] * n
    for _ in range(depth):
        if not any(going(path) for path in particles):
            break
        used: dict[Path, int] = {}
        moved = []
        for path in particles:
            if going(path):
                draw = used.get(path, 0)
                used[path] = draw + 1
                path = (*path, world.next(path, draw))
            moved.append(path)
        odds = []
        for path in moved:
            value = min(max(world.score(path), 1e-6), 1 - 1e-6)
            odds.append(value / (1 - value))  # the exponential of the logit
        particles = [draw_by(luck, moved, odds) for _ in range(n)]
    return unique([path for path in particles if ended(path)]) or unique(particles)


def draw_by(luck: random.Random, paths: list[Path], weights: list[float]) -> Path:
    """One of them, in proportion to its weight."""
    place, below = luck.random() * math.fsum(weights), 0.0
    for path, weight in zip(paths, weights, strict=True):
        below += weight
        if place < below:
            return path
    return paths[-1]


def revise(world: World, n: int, length: int) -> list[Path]:
    attempts: list[tuple[int, int, Path]] = []
    used: dict[Path, int] = {}
    for chain in range(n // length):
        path: Path = ()
        for turn in range(length):
            if stuck(path):
                break
            draw = used.get(path, 0)
            used[path] = draw + 1
            path = (*path, world.next(path, draw))
            attempts.append((turn, chain, path))
    found = unique([path for *_, path in sorted(attempts)])
    for path in found:
        world.score(path)
    return found


def best_of(world: World, n: int, depth: int) -> list[Path]:
    chains: list[Path] = [()] * n
    for _ in range(depth):
        used: dict[Path, int] = {}
        for at, path in enumerate(list(chains)):
            if going(path):
                draw = used.get(path, 0)
                used[path] = draw + 1
                chains[at] = (*path, world.next(path, draw))
    found = unique([path for path in chains if ended(path)])
    for path in found:
        world.score(path)
    return found or unique(chains)


def told(world: World, search: Search) -> list[Node]:
    """Drive a search of ours through a world, one ask after the other; what is asked again is told again."""
    answers: dict[Grow | Rate, Any] = {}
    sent: list[Any] | None = None
    try:
        while True:
            asks = search.send(sent) if sent is not None else next(search)
            for ask in asks:
                if ask not in answers:
                    answers[ask] = answered(world, ask)
            sent = [answers[ask] for ask in asks]
    except StopIteration as end:
        return list(end.value)


def answered(world: World, ask: Grow | Rate) -> Node | float:
    if isinstance(ask, Rate):
        return world.score(ask.node.steps)
    path = (*ask.parent.steps, world.next(ask.parent.steps, ask.draw, ask.greedy))
    return Node(path, ended=ended(path), cut=stuck(path))
