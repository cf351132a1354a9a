"""Where the next sample goes, and how many at once."""

from __future__ import annotations

import random

import pytest

from winnow.steps.records import Candidate, Choice, Group, Problem
from winnow.steps.sample.allocation import Allocation
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.odds import expected, is_below, rate
from winnow.verifiers.verdict import Verdict

VERDICTS = {"p": Verdict.passed(), "f": Verdict.failed("no"), "e": Verdict.error("broke")}
EVEN = (1.0, 1.0)


def allocation(
    kept: int = 0, most: int = 16, prices: tuple[float, float] = EVEN, **more: object
) -> Allocation:
    keys = {"until": {"pass": 4, "fail": 2}, "max_n": 64, "target": {"rows": 100}, **more}
    config = SampleConfig.model_validate({"engine": {"type": "replay", "path": "x"}, **keys})
    return Allocation(config, kept, most, prices)


def group(spelled: str, name: str = "q", prompt_tokens: int = 0, tokens: int = 10) -> Group:
    candidates = [
        Candidate(
            str(at), at, Choice(f"{name} {at}", tokens=tokens, prompt_tokens=prompt_tokens), VERDICTS[one]
        )
        for at, one in enumerate(spelled)
    ]
    return Group(Problem(name, ({"role": "user", "content": name},)), candidates, done=len(candidates))


def test_draws_in_a_row_agree_with_draws_at_random() -> None:
    """Polya's urn against drawing a rate from the posterior, and then samples at that rate."""
    dice = random.Random(0)
    for wanted, hits, asked, n in ((1, 0, 3, 4), (4, 2, 5, 8), (2, 5, 6, 3)):
        draws = [dice.betavariate(hits + 1, asked - hits + 1) for _ in range(20_000)]
        found = [min(wanted, sum(dice.random() < p for _ in range(n))) for p in draws]
        assert expected(wanted, hits, asked, n) == pytest.approx(sum(found) / len(found), abs=0.03)


def test_a_rate_that_is_surely_low() -> None:
    dice = random.Random(0)
    for threshold, hits, asked in ((0.1, 0, 27), (0.1, 0, 29), (0.05, 2, 120), (0.3, 3, 30)):
        draws = [dice.betavariate(hits + 1, asked - hits + 1) for _ in range(50_000)]
        share = sum(draw < threshold for draw in draws) / len(draws)
        if abs(share - 0.95) > 0.005:
            assert is_below(threshold, hits, asked) == (share > 0.95), (threshold, hits, asked, share)
    assert not is_below(0.0, 0, 10_000)
    assert is_below(0.01, 3, 100_000)
    assert not is_below(0.01, 50_000, 100_000)
    assert rate(0, 0) == 0.5


def test_the_likelier_row_comes_first() -> None:
    made = allocation()
    urgencies = [made.urgency(group(one)) for one in ("fp", "ffp", "ff", "ffff", "ffffffff")]
    assert urgencies == sorted(urgencies, reverse=True)
    assert made.urgency(group("ppppff")) == 0 == made.urgency(group("ppppffpp"))
    assert not made.owes(group("ppppff"))


def test_dear_completions_wait() -> None:
    made = allocation()
    assert made.urgency(group("ff", tokens=100)) < made.urgency(group("ff", tokens=10))


def test_a_dear_prompt_is_worth_a_larger_round() -> None:
    cheap, dear = group("ff"), group("ff", prompt_tokens=2000)
    made = allocation()
    made.rival = 1.0
    for one in (cheap, dear):
        made.begin(one)
    assert cheap.goal - cheap.done == 1
    assert dear.goal - dear.done > 4


def test_a_round_grows_while_nobody_else_is_worth_more() -> None:
    sizes = []
    for rival in (0.01, 0.001, 1e-9):
        made, one = allocation(), group("ffp")
        made.rival = rival
        made.begin(one)
        sizes.append(one.goal - one.done)
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1] <= 16


def test_alone_a_round_fills_the_engine_and_no_more() -> None:
    made, one = allocation(), group("ffp")
    made.spread = 5
    made.begin(one)
    assert one.goal - one.done == 5


def test_what_is_given_up_is_not_asked_for() -> None:
    made = allocation(until={"pass": 4, "fail": 2, "give_up": 0.1})
    assert made.owes(group("f" * 20))
    assert not made.owes(group("f" * 40))


def test_max_n_is_the_end() -> None:
    made = allocation(max_n=6)
    assert made.owes(group("fffff"))
    assert not made.owes(group("ffffff"))


def test_it_holds_while_what_is_in_flight_should_suffice() -> None:
    made = allocation(kept=98)
    first, second, third = (group("", name) for name in "abc")
    for one in (first, second):
        assert not made.holds
        made.begin(one)
    assert made.holds
    assert not made.reached
    for one in (first, second, third):
        one.candidates = group("f", one.problem.source_id).candidates
        one.done = 1
    made.end(first)
    assert made.kept == 99
    assert not made.reached
    made.end(second)
    assert made.reached


def test_what_an_earlier_run_began_is_filled_first() -> None:
    made, begun = allocation(), group("fpf")
    del begun.candidates[1]
    begun.done = 0
    made.begin(begun)
    assert begun.goal == 3


def test_errors_tell_nothing() -> None:
    made = allocation()
    assert made.urgency(group("ee", tokens=200)) == made.urgency(group(""))
