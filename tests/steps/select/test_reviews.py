"""What people say, and what it does to rows: as a plain reading of the rules has it."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.candidates import One, group, groups, judged_frame
from support.reviews import Reviews, compared, said

from winnow.steps.select.config import KtoConfig, PreferenceConfig, ReviewsConfig, SftConfig
from winnow.steps.select.labels import select_kto
from winnow.steps.select.preference import select_pairs
from winnow.steps.select.reviews import People, people_of, reviewed
from winnow.steps.select.sft import select_sft

OVERRIDE = ReviewsConfig(rule="override")
DROP = ReviewsConfig(rule="drop_on_disagreement")
ONLY = ReviewsConfig(rule="only_reviewed")
RIGHT, ALSO, WRONG, WORSE = GROUP = group(
    ("p", "right", 1.0), ("p", "right, too", 1.0), ("f", "wrong", 0.0), ("f", "even more wrong", 0.0)
)


def people(*rows: Any, config: ReviewsConfig = OVERRIDE) -> People:
    return people_of(Reviews(*rows), config)


def single(one: One, votes: str) -> list[Any]:
    """Reviews of one candidate: `y`, `n`, or `?` of each person."""
    told = {"y": True, "n": False, "?": None}
    return [said("p", one.completion, f"person {at}", told[vote]) for at, vote in enumerate(votes)]


def pair(one: One, other: One, *votes: One | None) -> list[Any]:
    """Reviews of two candidates: the one that each person prefers, or None for a tie."""
    keys = (one.completion, other.completion)
    return [
        compared("p", *keys, f"person {at}", vote.completion if vote else "tie")
        for at, vote in enumerate(votes)
    ]


def sft(rows: list[Any], config: ReviewsConfig) -> dict[str, str]:
    frame = reviewed(judged_frame(GROUP), people_of(Reviews(*rows), config), config)
    told = select_sft(frame, SftConfig(per_problem=9, rank_by=["length"]))
    names = {one.completion: one.text for one in GROUP}
    return {names[one]: who for one, who in told.select("completion", "decided_by").iter_rows()}


def pairs(rows: list[Any], config: ReviewsConfig, **rule: Any) -> dict[tuple[str, str], dict[str, Any]]:
    frame = reviewed(judged_frame(GROUP), people_of(Reviews(*rows), config), config)
    told = select_pairs(frame, PreferenceConfig.model_validate({"per_problem": 9, "most_uses": 9, **rule}))
    names = {one.completion: one.text for one in GROUP}
    return {(names[row["chosen"]], names[row["rejected"]]): row for row in told.iter_rows(named=True)}


@pytest.mark.parametrize(
    ("votes", "least", "expected"),
    [
        ("y", 1, "pass"),
        ("yn", 1, "tie"),
        ("ynn", 1, "fail"),
        ("ynn", 3, "fail"),
        ("yn?", 3, None),
        ("?", 1, None),
        ("", 1, None),
    ],
)
def test_a_majority_of_enough(votes: str, least: int, expected: str | None) -> None:
    found = people(*single(RIGHT, votes), config=OVERRIDE.model_copy(update={"min_reviews": least}))
    assert found.completions["people"].to_list() == [expected][: expected is not None]


def test_only_what_was_submitted_last_counts() -> None:
    one = RIGHT.completion
    rows = [
        said("p", one, "ann", False, at=1),
        said("p", one, "ann", True, at=3),
        said("p", one, "ann", False, at=2),
        said("p", one, "bob", False, at=1, status="draft"),
        said("p", one, "eve", False, at=1),
        said("p", one, "eve", None, at=2, status="discarded"),
    ]
    for order in (rows, rows[::-1]):
        found = people(*order)
        assert found.completions.rows() == [(one, ["ann"], "pass")]


def test_a_person_has_one_vote_on_a_completion_however_often_it_was_shown() -> None:
    key, other = RIGHT.completion, WRONG.completion
    shown = compared("p", key, other, "ann", key, at=2)
    is_first = shown[3] == key
    again = compared(
        "p", key, other, "ann", key, at=2, **{f"{'first' if is_first else 'second'}_right": True}
    )
    found = people(said("p", key, "ann", False, at=1), again)
    assert found.completions.rows() == [(key, ["ann"], "pass")]


@pytest.mark.parametrize(
    ("votes", "preferred"),
    [
        ([RIGHT], RIGHT),
        ([RIGHT, WRONG], None),
        ([RIGHT, WRONG, WRONG], WRONG),
        ([None], None),
        ([RIGHT, None], None),
        ([RIGHT, RIGHT, None, WRONG], RIGHT),
    ],
)
def test_pairs_by_most(votes: list[One | None], preferred: One | None) -> None:
    told = people(*pair(RIGHT, WRONG, *votes)).pairs.row(0, named=True)
    assert told["preferred"] == (preferred.completion if preferred else None)
    assert len(told["voters"]) == len(votes)


def test_override() -> None:
    assert sft(single(RIGHT, "n") + single(WRONG, "yyn"), OVERRIDE) == {
        "right, too": "verifier",
        "wrong": "people",
    }
    assert sft(single(RIGHT, "yn"), OVERRIDE) == {"right, too": "verifier"}
    assert sft(single(RIGHT, "y"), OVERRIDE) == {"right, too": "verifier", "right": "people"}


def test_drop_on_disagreement() -> None:
    assert sft(single(RIGHT, "n") + single(WRONG, "y"), DROP) == {"right, too": "verifier"}
    assert sft(single(RIGHT, "yn"), DROP) == {"right, too": "verifier"}
    assert sft(single(RIGHT, "yyn"), DROP) == {"right, too": "verifier", "right": "people"}
    assert ("right, too", "wrong") not in pairs(single(WRONG, "y"), DROP)


def test_only_reviewed() -> None:
    assert sft([], ONLY) == {}
    assert sft(single(RIGHT, "y") + single(WRONG, "y") + single(ALSO, "yn"), ONLY) == {
        "right": "people",
        "wrong": "people",
    }
    told = pairs(pair(RIGHT, WRONG, RIGHT) + pair(ALSO, WORSE, None), ONLY)
    assert list(told) == [("right", "wrong")]


def test_a_contradicted_pair_is_turned_round_or_dropped() -> None:
    rows = pair(RIGHT, WRONG, WRONG, WRONG, RIGHT)
    told = pairs(rows, OVERRIDE, rule="margin")
    turned = told["wrong", "right"]
    assert turned["margin"] is None
    assert (turned["score_chosen"], turned["score_rejected"]) == (0.0, 1.0)
    assert (turned["decided_by"], turned["reviewers"]) == ("people", 3)
    assert turned["reviewed_by"] == ["person 0", "person 1", "person 2"]
    other = told["right, too", "wrong"]
    assert (other["decided_by"], other["reviewers"], other["margin"]) == ("verifier", 0, 1.0)
    assert ("right", "wrong") not in told
    for config in (DROP, OVERRIDE.model_copy(update={"contradicted_pairs": "drop"})):
        assert {("wrong", "right"), ("right", "wrong")}.isdisjoint(pairs(rows, config))
    for config in (OVERRIDE, DROP, ONLY):
        assert ("right", "wrong") not in pairs(pair(RIGHT, WRONG, None), config)


def test_what_a_rule_told_of_the_sides_goes_with_them() -> None:
    one, other = group(("p", "a\n\nb", 1.0), ("f", "a\n\nc", 0.0))
    rows = pair(one, other, other)
    frame = reviewed(judged_frame([one, other]), people_of(Reviews(*rows), OVERRIDE), OVERRIDE)
    told = select_pairs(frame, PreferenceConfig(rule="step_level")).row(0, named=True)
    assert (told["step_chosen"], told["step_rejected"], told["shared_prefix"]) == ("c", "b", "a")


def test_a_majority_beats_votes_of_the_model_too() -> None:
    ones = [One("p", at, f"{at}", extracted="1" if at else "2") for at in range(3)]
    rows = single(ones[1], "n")
    frame = reviewed(judged_frame(ones), people_of(Reviews(*rows), OVERRIDE), OVERRIDE)
    told = select_sft(frame, SftConfig(trust="votes", per_problem=9))
    assert told["completion"].to_list() == [ones[2].completion]


@st.composite
def opinions(draw: st.DrawFn) -> tuple[list[One], list[Any]]:
    ones, rows = draw(groups(5)), []
    for one in ones:
        for person in range(draw(st.integers(0, 2))):
            vote, at = draw(st.sampled_from([True, False, None])), draw(st.integers(0, 2))
            status = draw(st.sampled_from(["submitted", "submitted", "draft", "discarded"]))
            rows.append(said(one.problem, one.completion, f"{person}", vote, at, status=status))
    for one, other in product(ones, ones):
        if one.problem == other.problem and one.index < other.index and draw(st.integers(0, 2)) == 0:
            keys = [one.completion, other.completion]
            rows.append(compared(one.problem, *keys, "0", draw(st.sampled_from([*keys, "tie"]))))
    return ones, rows


def majority(rows: list[Any], one: One) -> str | None:
    """As a person would count."""
    last: dict[str, Any] = {}
    for row in sorted((row for row in rows if row[2] == one.completion), key=lambda row: (row[14], row[0])):
        last[row[7]] = row
    votes = Counter(row[10] for row in last.values() if row[8] == "submitted" and row[10] is not None)
    if not votes:
        return None
    return "tie" if votes[True] == votes[False] else "pass" if votes[True] > votes[False] else "fail"


@settings(max_examples=60, deadline=None)
@given(opinions(), st.sampled_from([OVERRIDE, DROP, ONLY]), st.randoms())
def test_no_row_says_what_people_deny(
    told: tuple[list[One], list[Any]], config: ReviewsConfig, shuffle: Any
) -> None:
    ones, rows = told
    shuffled = [*rows]
    shuffle.shuffle(shuffled)
    found = [
        reviewed(judged_frame(ones, seed), people_of(Reviews(*order), config), config)
        for seed, order in ((0, rows), (1, shuffled))
    ]
    kto = [select_kto(frame, KtoConfig(per_problem=9)) for frame in found]
    assert kto[0].equals(kto[1])
    by_id = {one.completion: one for one in ones}
    for completion, label, decided_by in kto[0].select("completion", "label", "decided_by").iter_rows():
        people, verifier = majority(rows, by_id[completion]), by_id[completion].status == "pass"
        assert decided_by == ("people" if people else "verifier")
        assert people != "tie"
        if people:
            assert label == (people == "pass")
        if people is None or config is DROP:
            assert label == verifier
        assert people or config is not ONLY
    chosen = [
        select_pairs(frame, PreferenceConfig(per_problem=9, most_uses=9, rule="correct_vs_incorrect"))
        for frame in found
    ]
    assert chosen[0].equals(chosen[1])
    preferred = {(row[3], row[4]): {"first": row[3], "second": row[4]}.get(row[9]) for row in rows if row[4]}
    for one, other in chosen[0].select("chosen", "rejected").iter_rows():
        key = (one, other) if (one, other) in preferred else (other, one)
        if key in preferred:
            assert preferred[key] == one
        else:
            assert config is not ONLY
            assert majority(rows, by_id[one]) in (None, "pass")
            assert majority(rows, by_id[other]) in (None, "fail")


def test_without_reviews_nothing_changes() -> None:
    frame = judged_frame(GROUP)
    assert "decided_by" not in select_sft(frame, SftConfig()).columns
    empty = reviewed(frame, people(), OVERRIDE)
    plain = select_pairs(frame, PreferenceConfig())
    assert select_pairs(empty, PreferenceConfig()).select(plain.columns).equals(plain)
    assert isinstance(empty, pl.LazyFrame)
