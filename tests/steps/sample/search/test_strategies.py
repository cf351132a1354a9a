"""Each search finds what its plain description finds, and asks the model for the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from support import searches
from support.searches import Path, World, told

from winnow.steps.sample.search.beam import beam
from winnow.steps.sample.search.dvts import best_of, dvts, greedy_steps
from winnow.steps.sample.search.node import ROOT, Grow, Node, Search
from winnow.steps.sample.search.particle import particle
from winnow.steps.sample.search.revise import revise

SEEDS = range(200)
SIZES = ((1, 1), (4, 2), (8, 4), (16, 4), (12, 3), (6, 1), (4, 4))


def sizes(luck: random.Random) -> dict[str, Any]:
    n, width = luck.choice(SIZES)
    return {"n": n, "width": width, "depth": luck.choice([1, 3, 8, 40])}


def one(luck: random.Random, *keys: str, **more: Any) -> dict[str, Any]:
    drawn = {**sizes(luck), "ahead": luck.choice([1, 2, 3]), "seed": luck.randrange(99), **more}
    return {key: drawn[key] for key in keys}


STRATEGIES: dict[str, tuple[Callable[..., Search], Callable[..., list[Path]], tuple[str, ...]]] = {
    "beam": (beam, searches.beam, ("n", "width", "depth")),
    "lookahead": (beam, searches.beam, ("n", "width", "depth", "ahead")),
    "dvts": (dvts, searches.dvts, ("n", "width", "depth")),
    "greedy_steps": (greedy_steps, searches.greedy_steps, ("width", "depth")),
    "particle": (particle, searches.particle, ("n", "depth", "seed")),
    "best_of": (best_of, searches.best_of, ("n", "depth")),
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_a_search_is_what_its_description_says(name: str) -> None:
    """For 200 worlds: the same chains in the same order, the same calls, and the same texts scored."""
    ours, plain, keys = STRATEGIES[name]
    several = 0
    for seed in SEEDS:
        luck = random.Random(seed)
        given, ends = one(luck, *keys), luck.choice([0.0, 0.1, 0.25, 0.6])
        first, second = World(seed, ends), World(seed, ends)
        wanted, found = plain(first, **given), told(second, ours(**given))
        assert [node.steps for node in found] == wanted, (seed, given)
        # what it has asked before a search need not ask again: two greedy looks may meet
        assert sorted(second.calls) == sorted(set(first.calls)), (seed, given)
        assert len(second.calls) == len(set(second.calls))
        assert sorted(second.rated) == sorted(set(first.rated)), (seed, given)
        several += len(found) > 1
    assert several > 20 or name == "greedy_steps"


def test_revisions_are_what_their_description_says() -> None:
    for seed in SEEDS:
        luck = random.Random(seed)
        n, length = luck.choice(SIZES)
        first, second = World(seed), World(seed)
        wanted = searches.revise(first, n, length)
        found = told(second, revise(n, length))
        assert sorted(node.steps for node in found) == sorted(wanted), seed
        assert sorted(second.calls) == sorted(first.calls)
        assert sorted(second.rated) == sorted(set(first.rated))


def test_no_two_beams_are_the_same_and_none_is_filled_up() -> None:
    """Where the model has one thing to say, it is asked to go on from one beam."""

    class Stubborn(World):
        def next(self, path: Path, draw: int = 0, greedy: bool = False) -> str:
            super().next(path, draw, greedy)
            return "so 4" if len(path) == 3 else "again\n\n"

    world = Stubborn(0)
    assert [node.text for node in told(world, beam(16, 4, 40))] == ["again\n\n" * 3 + "so 4"]
    assert len(world.calls) == 16 + 4 + 4 + 4


@pytest.mark.parametrize("name", STRATEGIES)
def test_where_nothing_ends_the_search_does(name: str) -> None:
    """It returns what is left, open, after `depth` steps."""
    ours, _, keys = STRATEGIES[name]
    given = one(random.Random(0), *keys, n=8, width=4, depth=5)
    found = told(World(3, ends=0.0, cuts=0.0), ours(**given))
    assert found and all(node.open and len(node.steps) == 5 for node in found)


def test_an_unfinished_beam_is_no_chain_where_one_has_ended() -> None:
    for seed in range(50):
        found = told(World(seed, ends=0.1), beam(8, 4, 6))
        assert all(node.ended for node in found) or not any(node.ended for node in found)


def test_two_particles_at_one_place_draw_different_steps() -> None:
    search = particle(3, 40, seed=0)
    assert next(search) == [Grow(ROOT, 0), Grow(ROOT, 1), Grow(ROOT, 2)]
    same = Node(("add\n\n",))
    search.send([same, same, same])
    asks = search.send([0.5])
    assert asks == [Grow(same, 0), Grow(same, 1), Grow(same, 2)]
