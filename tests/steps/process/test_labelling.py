"""Labels of reasoning steps, on worlds where it is known which step is the first bad one."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from support.worlds import World, worlds

from winnow.steps.process.config import LabelConfig
from winnow.steps.process.labelling import Labels, Owed, Undecided, look
from winnow.verifiers.verdict import Status


def test_the_first_error_is_found_for_less_than_two_fifths() -> None:
    found = asked = exhaustive = 0
    config, many = LabelConfig(), worlds(2000)
    for world in many:
        labels = world.labels(config)
        assert isinstance(labels, Labels)
        found += labels.first_error == world.error
        asked += world.asked
        exhaustive += config.rollouts * (world.steps - 1)
    assert found >= 0.95 * len(many), found / len(many)
    assert asked <= 0.4 * exhaustive, asked / exhaustive


def test_to_ask_everything_finds_it_too_and_tells_shares() -> None:
    config, found = LabelConfig(method="exhaustive"), 0
    for world in worlds(200):
        labels = world.labels(config)
        assert isinstance(labels, Labels) and labels.shares is not None
        assert world.asked == config.rollouts * (world.steps - 1)
        assert len(labels.good) == len(labels.shares) == world.steps and not labels.good[-1]
        assert labels.good == tuple(share > 0 for share in labels.shares)
        found += labels.first_error == world.error
    assert found >= 190


@given(st.integers(1, 40), st.data(), st.integers(1, 9))
def test_without_chance_no_answer_is_labelled_wrongly(steps: int, data: st.DataObject, rollouts: int) -> None:
    error = data.draw(st.integers(0, steps - 1))
    world = World(steps, error, random.Random(0), good=1.0)
    labels = world.labels(LabelConfig(rollouts=rollouts))
    assert labels == Labels((True,) * error + (False,))
    assert world.asked <= rollouts * steps.bit_length()


@given(st.randoms(use_true_random=False), st.integers(2, 12), st.sampled_from(["binary", "exhaustive"]))
def test_the_order_and_kills_do_not_matter(dice: random.Random, steps: int, method: str) -> None:
    """Rollouts that are there twice as many, or in part, lead to the same labels as asking in peace."""
    config = LabelConfig.model_validate({"rollouts": 4, "method": method})
    every = {at: {index: dice.choice(list(Status)[:2]) for index in range(4)} for at in range(1, steps)}
    whole = look(steps, every, config)
    held: dict[int, dict[int, Status]] = {}
    while isinstance(found := look(steps, held, config), Owed):
        missing = [(at, index) for at, indices in found.of.items() for index in indices]
        for at, index in dice.sample(missing, dice.randint(1, len(missing))):  # the rest was killed
            held.setdefault(at, {})[index] = every[at][index]
    assert found == whole


def test_what_was_cut_off_tells_nothing() -> None:
    config = LabelConfig(rollouts=2)
    cut = {1: {0: Status.SKIP, 1: Status.SKIP}}
    assert look(2, cut, config) == Undecided()
    assert look(2, cut, LabelConfig(rollouts=2, method="exhaustive")) == Undecided()
    assert look(2, {1: {0: Status.SKIP, 1: Status.FAIL}}, config) == Labels((False,))
    assert look(1, {}, config) == Labels((False,))
