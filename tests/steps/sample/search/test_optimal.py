"""Searches led by a PRM of known accuracy: what theory says of them, and of who chooses among them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean, stdev

import pytest
from support.informed import Informed, mixed

from winnow.steps.sample.search.dvts import best_of
from winnow.steps.sample.search.node import Ask, Grow, Node, Search, Verify, driven
from winnow.steps.sample.search.optimal import compute_optimal
from winnow.steps.sample.search.optimal_config import Bin, ComputeOptimalConfig, bin_of
from winnow.steps.sample.search.stepwise import BeamConfig, BestOfConfig
from winnow.steps.sample.search.tuning import Choose, Tried, beyond, fitted, try_each

EASY, MEDIUM, HARD = LEVELS = (0.9, 0.2, 0.04)  # pass rates
PROBLEMS = 400
CONFIG = ComputeOptimalConfig.model_validate(
    {
        "type": "compute_optimal",
        "path": "fitted here",
        "strategies": [
            {"type": "best_of", "n": 4},
            {"type": "best_of", "n": 16},
            {"type": "beam", "n": 16},
            {"type": "dvts", "n": 16},
        ],
    }
)
NAMES = ("best_of 4", "best_of", "beam", "dvts")


def problem(level: float, at: int, part: int) -> Informed:
    return Informed(mixed(at, round(1000 * level), part), level, accuracy=0.95)


@dataclass
class Found:
    """How often each is right, a list of problems each, and its mean tokens."""

    right: dict[tuple[str, Choose], list[bool]] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)

    def share(self, name: str, choose: Choose = "weighted") -> float:
        return fmean(self.right[name, choose])

    def gain(self, name: str, over: str, choose: Choose) -> tuple[float, float]:
        """Mean and standard error of the difference, problem by problem; over `weighted` votes too."""
        pairs = zip(self.right[name, "weighted"], self.right[over, choose], strict=True)
        each = [float(one) - float(other) for one, other in pairs]
        return fmean(each), stdev(each) / len(each) ** 0.5


@pytest.fixture(scope="module")
def table() -> list[Bin]:
    """Fitted on problems of their own."""
    labelled = [problem(level, at, 0).known for level in LEVELS for at in range(PROBLEMS)]
    lines = fitted([try_each(one, CONFIG, 0, "weighted") for one in labelled])
    return [line.bin(CONFIG) for line in lines]


@pytest.fixture(scope="module")
def found(table: list[Bin]) -> dict[float, Found]:
    settled = CONFIG.model_copy(update={"table": table})
    makers = {
        **{name: partial(CONFIG.one, one) for name, one in zip(NAMES, CONFIG.strategies, strict=True)},
        "optimal": settled.search,
    }
    told = {level: Found() for level in LEVELS}
    for level, one in told.items():
        for at in range(PROBLEMS):
            known = problem(level, at, 1).known
            for name, maker in makers.items():
                ways: tuple[Choose, ...] = ("best", "weighted") if name == "best_of" else ("weighted",)
                for choose in ways:
                    right, tokens = known.tried(maker(0), choose)
                    one.right.setdefault((name, choose), []).append(right)
                one.tokens[name] = one.tokens.get(name, 0.0) + tokens / PROBLEMS
    return told


@pytest.mark.parametrize("level", [MEDIUM, HARD])
@pytest.mark.parametrize("name", ["beam", "dvts"])
def test_a_guided_search_beats_best_of_n_where_it_is_hard(
    found: dict[float, Found], level: float, name: str
) -> None:
    """At equal tokens, however the best of N is chosen, by four standard errors."""
    one = found[level]
    assert one.tokens[name] <= one.tokens["best_of"] * 1.001
    for choose in ("best", "weighted"):
        gain, error = one.gain(name, "best_of", choose)
        assert gain > 4 * error, (gain, error)


def test_where_it_is_easy_there_is_nothing_to_gain(found: dict[float, Found]) -> None:
    assert min(found[EASY].share(name) for name in (*NAMES, "optimal")) > 0.98


def test_it_is_as_good_as_the_best_at_every_difficulty(found: dict[float, Found]) -> None:
    """Within two percent, of problems that it was not fitted on. No one search is: each is worse by five
    somewhere, or takes half as many tokens again."""
    for level, one in found.items():
        assert one.share("optimal") >= max(map(one.share, NAMES)) - 0.02, level
    for name in NAMES:
        worse = max(one.share("optimal") - one.share(name) for one in found.values())
        dearer = max(one.tokens[name] / one.tokens["optimal"] for one in found.values())
        assert worse > 0.05 or dearer > 1.4, (name, worse, dearer)


@pytest.mark.parametrize("by_verdict", [False, True])
def test_what_the_probe_has_asked_is_not_asked_again(by_verdict: bool) -> None:
    """A beam search begins with the steps of the probe, and the best of n with its chains. What has a verdict
    is found first; else what is found is what the search finds alone."""
    world = problem(MEDIUM, 0, 2)
    for strategy in (BeamConfig(type="beam", n=8, depth=6), BestOfConfig(type="best_of", n=8, depth=6)):
        asked: list[Ask] = []

        def answer(ask: Ask, asked: list[Ask] = asked) -> Node | float:
            asked.append(ask)
            return world.reply(ask)

        worths: list[float] = []

        def chosen(worth: float, strategy: BeamConfig | BestOfConfig = strategy) -> Search:
            worths.append(worth)  # noqa: B023 - of this turn
            return strategy.search(0)

        chains = driven(compute_optimal(4, 6, chosen, by_verdict=by_verdict), answer)
        alone = driven(strategy.search(0), world.reply)
        verified = [ask.node for ask in asked if isinstance(ask, Verify)]
        assert chains[: len(verified)] == verified and len(verified) == 4 * by_verdict
        assert [one for one in chains if one not in verified or one in alone] != [] and set(alone) <= set(
            chains
        )
        assert by_verdict or chains == alone
        if by_verdict:
            assert worths == [sum(map(world.right, verified)) / 4]
        steps = [ask for ask in asked if isinstance(ask, Grow)]
        shared = len(steps) - len(set(steps))
        assert shared == (24 if strategy.type == "best_of" else 4)


def test_answers_that_do_not_end_are_worth_nothing() -> None:
    worths: list[float] = []

    def chosen(worth: float) -> Search:
        worths.append(worth)
        return best_of(2, 3)

    chains = driven(compute_optimal(4, 3, chosen), problem(EASY, 0, 2).reply)
    assert worths == [0.0] and all(one.open for one in chains)


def test_the_order_of_problems_does_not_count() -> None:
    dice = random.Random(0)
    tried = [
        Tried(round(dice.random(), 1), (dice.random() < 0.5, dice.random() < 0.6), (5, 9)) for _ in range(150)
    ]
    lines = fitted(tried)
    assert fitted(tried[::-1]) == lines and sum(line.problems for line in lines) == 150
    assert len(lines) == 5 and [line.below for line in lines[:-1]] == sorted(
        {line.below for line in lines[:-1]}
    )
    bins = [line.bin(CONFIG.model_copy(update={"strategies": CONFIG.strategies[:2]})) for line in lines]
    for at, one in enumerate(lines):
        inside = [each for each in tried if bin_of(bins, each.worth) is bins[at]]
        assert len(inside) == one.problems and one.right[0] == fmean(each.right[0] for each in inside)


def test_a_table_is_told_by_problems_that_it_was_not_fitted_on() -> None:
    """Where strategies are right by chance alone, choosing among them wins nothing; on the problems that they
    were chosen by it seems to."""
    dice = random.Random(0)
    tried = [Tried(dice.random(), tuple(dice.random() < 0.5 for _ in range(8)), (5,) * 8) for _ in range(200)]
    lines = fitted(tried)
    seeming = sum(line.right[line.chosen] * line.problems for line in lines) / 200
    right, tokens = beyond(tried)
    assert seeming > 0.6 and abs(right - 0.5) < 0.08 and tokens == 5
    assert beyond(tried[::-1]) == (right, tokens)


def test_of_what_is_nearly_as_good_the_cheapest_is_chosen() -> None:
    tried = [Tried(0.5, (at > 1, at > 0, True), (5, 9, 7)) for at in range(100)]
    assert [fitted(tried, slack)[0].chosen for slack in (0.0, 0.01, 0.02)] == [2, 2, 0]
