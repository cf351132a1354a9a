"""Rounds: pure, bounded, and the same after a resume."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.records import Candidate, Choice
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.plan import next_goal
from winnow.steps.sample.tally import Tally
from winnow.verifiers.verdict import Verdict

ENGINE = {"type": "replay", "path": "none.jsonl"}
VERDICTS = {"p": Verdict.passed(), "f": Verdict.failed("no"), "e": Verdict.error("broke")}


def config(**keys: object) -> SampleConfig:
    return SampleConfig.model_validate({"engine": ENGINE, **keys})


def candidates(spelled: str, same: bool = False) -> list[Candidate]:
    return [
        Candidate(str(at), at, Choice("same" if same else str(at)), VERDICTS[letter])
        for at, letter in enumerate(spelled)
    ]


def asked(plan: SampleConfig, world: str) -> int:
    """How many candidates a problem gets whose candidates turn out as `world` spells them."""
    goal = 0
    while (further := next_goal(plan, candidates(world[:goal]))) > goal:
        goal = further
    return goal


def test_a_fixed_number_is_asked_for_at_once() -> None:
    assert next_goal(config(n=5), []) == 5
    assert next_goal(config(n=5), candidates("ppfff")) == 5


def test_until_stops_when_both_are_there() -> None:
    plan = config(until={"pass": 2, "fail": 2}, max_n=16)
    assert asked(plan, "ppff" + "f" * 12) == 4
    assert asked(plan, "f" * 16) == 16
    assert 4 < asked(plan, "pfffpf" + "f" * 10) <= 8


def test_equal_texts_and_truncated_ones_count_once_or_never() -> None:
    assert Tally.of(candidates("pppp", same=True)) == (4, 1, 0)
    cut = [Candidate("a", 0, Choice("cut", "length"), Verdict.failed("cut"))]
    assert Tally.of(cut) == (1, 0, 0)


def test_errors_count_for_neither_side() -> None:
    assert asked(config(until={"pass": 1, "fail": 1}, max_n=8), "e" * 8) == 8


@given(st.text("pfe", min_size=64, max_size=64), st.integers(0, 5), st.integers(1, 5), st.integers(6, 64))
def test_goals_grow_and_stay_within_max_n(world: str, passed: int, failed: int, most: int) -> None:
    plan = config(until={"pass": passed, "fail": failed}, max_n=max(most, passed + failed))
    goal = asked(plan, world)
    seen = Tally.of(candidates(world[:goal]))
    enough = seen.passed >= passed and seen.failed >= failed
    assert enough or goal == plan.max_n
