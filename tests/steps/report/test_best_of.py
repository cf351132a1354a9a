"""Choosing one of N, against every subset looked at one by one, in plain Python."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.report import best_of as module
from winnow.steps.report.best_of import best_of

Row = tuple[Fraction | None, str | None, bool]  # reward, answer, right


def frame(groups: list[list[Row]]) -> pl.DataFrame:
    rows: list[dict[str, Any]] = [
        {"problem": str(number), "index": index, "reward": reward, "answer": answer, "right": right}
        for number, group in enumerate(groups)
        for index, (reward, answer, right) in enumerate(group)
    ]
    for row in rows:
        row["reward"] = None if row["reward"] is None else float(row["reward"])
    schema = {"problem": pl.String, "index": pl.Int32, "reward": pl.Float64, "answer": pl.String}
    return pl.DataFrame(rows, schema={**schema, "right": pl.Boolean})


def by_reward(rows: list[Row]) -> bool:
    best = rows[0]
    for row in rows[1:]:
        if row[0] is not None and (best[0] is None or row[0] > best[0]):
            best = row
    return best[2]


def by_answer(rows: list[Row], weighted: bool) -> bool:
    sums: dict[str, Fraction] = {}
    rights: dict[str, bool] = {}
    for reward, answer, right in rows:
        if answer is not None:
            sums[answer] = sums.get(answer, Fraction(0)) + ((reward or Fraction(0)) if weighted else 1)
            rights.setdefault(answer, right)
    return bool(sums) and rights[max(sums, key=lambda answer: sums[answer])]  # of equals the first


def brute_force(groups: list[list[Row]], n: int) -> dict[str, float]:
    """The mean over problems of the mean over subsets, as exact fractions until the end."""
    ways = {
        "pass_at_n": lambda rows: any(row[2] for row in rows),
        "best_of_n": by_reward,
        "weighted": lambda rows: by_answer(rows, weighted=True),
        "majority": lambda rows: by_answer(rows, weighted=False),
    }
    told = {}
    for name, way in ways.items():
        shares = []
        for group in groups:
            subsets = list(combinations(group, n))
            shares.append(Fraction(sum(way(list(rows)) for rows in subsets), len(subsets)))
        told[name] = float(sum(shares) / len(shares))
    return told


# Few values, so that there are ties; halves and quarters, so that sums are exact.
rewards = st.none() | st.integers(-2, 4).map(lambda quarters: Fraction(quarters, 4))
groups_of = st.lists(
    st.lists(
        st.tuples(rewards, st.sampled_from([None, "a", "b", "c"]), st.booleans()), min_size=4, max_size=7
    ),
    min_size=1,
    max_size=3,
)


@given(groups_of)
def test_every_line_is_the_mean_over_all_subsets(groups: list[list[Row]]) -> None:
    lines = best_of(frame(groups), [1, 2, 3, 4])
    rewarded = any(row[0] is not None for group in groups for row in group)
    answered = any(row[1] is not None for group in groups for row in group)
    known = {
        "pass_at_n": True,
        "best_of_n": rewarded,
        "weighted": rewarded and answered,
        "majority": answered,
    }
    for line in lines.iter_rows(named=True):
        wanted = brute_force(groups, line["n"])
        for name, value in wanted.items():
            assert line[name] == (pytest.approx(value, abs=1e-12) if known[name] else None), name


def test_no_order_of_rows_counts() -> None:
    chance = random.Random(3)
    groups: list[list[Row]] = [
        [(Fraction(chance.randint(0, 9), 10), chance.choice("ab"), chance.random() < 0.5) for _ in range(5)]
        for _ in range(4)
    ]
    rows = frame(groups)
    shuffled = rows.sample(fraction=1.0, shuffle=True, seed=1)
    assert not shuffled.equals(rows)
    assert best_of(shuffled).equals(best_of(rows))


def test_sums_that_differ_by_rounding_alone_are_a_tie() -> None:
    """0.1 + 0.2 is more than 0.3 in binary, and the first answer counts all the same."""
    tie: list[Row] = [
        (Fraction(3, 10), "a", True),
        (Fraction(1, 10), "b", False),
        (Fraction(2, 10), "b", False),
    ]
    assert best_of(frame([tie]), [3])["weighted"].to_list() == [1.0]


def test_lines_are_those_that_every_problem_has() -> None:
    one: Row = (Fraction(1), "a", True)
    lines = best_of(frame([[one] * 8, [one] * 5]))
    assert lines["n"].to_list() == [1, 2, 4]
    assert best_of(frame([[one] * 8, [one] * 5]), [8, 9]).select("n", "problems", "best_of_n").rows() == [
        (8, 1, 1.0),
        (9, 0, None),
    ]
    assert best_of(frame([])).height == 0


def test_zero_is_no_number_of_completions() -> None:
    with pytest.raises(ValueError, match="expected a number from 1 on"):
        best_of(frame([[(Fraction(1), "a", True)]]), [0])


def test_drawn_subsets_come_near_to_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    groups: list[list[Row]] = [
        [
            (Fraction(chance.randint(0, 99), 100), answer, answer == "a")
            for answer in chance.choices("aabcd", k=12)
        ]
        for _ in range(20)
    ]
    exact = best_of(frame(groups), [5])
    monkeypatch.setattr(module, "ENUMERATED", 100)
    drawn, again = best_of(frame(groups), [5]), best_of(frame(groups), [5])
    assert drawn.equals(again)
    assert not drawn.equals(exact)
    assert drawn["best_of_n"].equals(exact["best_of_n"])  # in closed form, whatever is drawn
    for name in ("weighted", "majority"):
        # 20 problems x 2,000 draws: six standard deviations of a share's mean
        assert drawn[name][0] == pytest.approx(exact[name][0], abs=6 * 0.5 / (20 * 2000) ** 0.5)


def test_thousands_of_completions_do_not_overflow() -> None:
    group: list[Row] = [(Fraction(at), "ab"[at % 2], at % 2 == 0) for at in range(3000)]
    line = best_of(frame([group]), [1500]).row(0, named=True)
    # The best of a half: the first with chance 1/2, the second with 1/4, ...; the odd ones are wrong.
    assert line["best_of_n"] == pytest.approx(1 / 3, abs=1e-3)
    assert line["pass_at_n"] == 1.0
