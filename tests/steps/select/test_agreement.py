"""CodeT's dual agreement: the group that most programs and most tests speak for."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.select.agreement import agreed
from winnow.steps.select.config import SftConfig
from winnow.steps.select.sft import select_sft


def frame(*results: str, problem: str = "p", finish: str = "stop", status: str = "fail") -> pl.LazyFrame:
    count = len(results)
    return pl.LazyFrame(
        {
            "problem": [problem] * count,
            "completion": [f"{problem}{place}" for place in range(count)],
            "index": list(range(count)),
            "digest": [f"{place}" for place in range(count)],
            "said": [f"{place}" for place in range(count)],
            "length": [10] * count,
            "finish_reason": [finish] * count,
            "logprob": [0.0] * count,
            "status": [status] * count,
            "score": [0.0] * count,
            "results": list(results),
            "reward": [None] * count,
            "dropped": [False] * count,
        },
        schema_overrides={"results": pl.String, "reward": pl.Float64},
    )


def chosen(candidates: pl.LazyFrame) -> list[str]:
    rows = agreed(candidates).filter(pl.col("status") == "pass").sort("problem", "index").collect()
    return rows["completion"].to_list()


def test_many_that_agree_on_many_tests_beat_one_that_passes_more() -> None:
    assert chosen(frame("1110", "1110", "1111", "1000", "1000")) == ["p0", "p1"]  # 2 x 3 against 4 and 2
    assert chosen(frame("1110", "1111", "1111", "1000")) == ["p1", "p2"]


def test_most_tests_passed_is_not_what_counts() -> None:
    assert chosen(frame("1111", "0111", "0111", "0111")) == ["p1", "p2", "p3"]


def test_where_none_passes_any_test_none_is_chosen() -> None:
    assert chosen(frame("000", "000", "")) == []


def test_of_two_with_as_much_the_first() -> None:
    assert chosen(frame("0011", "1100")) == ["p0"]


def test_truncated_and_unjudged_ones_count_for_nothing() -> None:
    cut = frame("0111", "0111", problem="p", finish="length").with_columns(completion=pl.lit("cut"))
    broken = frame("0111", problem="p", status="error").with_columns(completion=pl.lit("broken"))
    assert chosen(pl.concat([frame("1100", "0111", "1100"), cut, broken])) == ["p0", "p2"]


def test_problems_are_apart() -> None:
    found = chosen(pl.concat([frame("10", "10", "01"), frame("01", "01", "10", problem="q")]))
    assert found == ["p0", "p1", "q0", "q1"]


def test_a_recipe_trusts_it_where_it_says_so() -> None:
    candidates = frame("1110", "1110", "1000")
    assert select_sft(candidates, SftConfig()).height == 0
    rows = select_sft(candidates, SftConfig(trust="agreement", per_problem=5))
    assert rows["completion"].to_list() == ["p0", "p1"]


def test_a_score_is_the_same_whoever_stands_beside_it() -> None:
    """polars divides by a number that is the same for all in another way, which has other last bits."""
    one = frame("11", "11", "11", "01", "01")
    alone = agreed(one).collect()
    beside = agreed(pl.concat([one, frame("1", "0", problem="q")])).filter(pl.col("problem") == "p").collect()
    assert alone["score"].to_list() == beside["score"].to_list() == [0.6, 0.6, 0.6, 0.2, 0.2]


@given(st.lists(st.text("01", min_size=3, max_size=3), min_size=1, max_size=12))
def test_it_is_the_definition(results: list[str]) -> None:
    scores = [results.count(one) * one.count("1") for one in results]
    best = max(scores)
    wanted = [f"p{at}" for at, one in enumerate(results) if best and one == results[scores.index(best)]]
    assert chosen(frame(*results)) == wanted
