"""SFT rows: the best that passed, of problems neither too easy nor too hard, no two alike."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein
from support.candidates import One, group, groups, judged_frame

from winnow.steps.select.config import RANKS, SftConfig
from winnow.steps.select.sft import select_sft


def taken(ones: Sequence[One], seed: int = 0, **config: Any) -> list[str]:
    """The texts of the rows, in their order."""
    texts = {one.completion: one.text for one in ones}
    rows = select_sft(judged_frame(ones, seed), SftConfig.model_validate(config))
    return [texts[completion] for completion in rows["completion"]]


RANKED = [
    One("p", 0, "short", "pass", 0.5, reward=1.0, logprob=-9.0),
    One("p", 1, "not so short", "pass", 1.0, reward=None, logprob=-5.0),
    One("p", 2, "quite a long one", "pass", 0.75, reward=3.0, logprob=None),
    One("p", 3, "wrong", "fail", 1.0, reward=9.0, logprob=-1.0),
]


@pytest.mark.parametrize(
    ("rank", "order"),
    [
        ("verdict", [1, 2, 0]),
        ("-verdict", [0, 2, 1]),
        ("reward", [2, 0, 1]),
        ("-reward", [0, 2, 1]),
        ("length", [2, 1, 0]),
        ("-length", [0, 1, 2]),
        ("logprob", [1, 0, 2]),
        ("-logprob", [0, 1, 2]),
    ],
)
def test_ranks(rank: str, order: list[int]) -> None:
    """What has no value for a rank comes last."""
    assert taken(RANKED, rank_by=[rank], per_problem=9) == [RANKED[at].text for at in order]


@settings(max_examples=80, deadline=None)
@given(
    groups(),
    st.integers(1, 4),
    st.lists(st.sampled_from([sign + rank for rank in RANKS for sign in ("", "-")]), max_size=3),
    st.sampled_from([[0.0, 1.0], [0.2, 0.6], [0.0, 0.0], [1.0, 1.0]]),
)
def test_it_is_the_definition(ones: list[One], count: int, rank_by: list[str], band: list[float]) -> None:
    wanted = []
    for _, its in groupby(ones, key=lambda one: one.problem):
        asked = [one for one in its if one.status != "error"]
        proven = [one for one in asked if one.proven]
        rate = sum(one.status == "pass" for one in asked) / len(asked) if asked else -1
        if not band[0] <= rate <= band[1]:
            continue
        wrong = {one.said for one in proven if one.status == "fail"}
        clear = [one for one in proven[::-1] if one.status == "pass" and one.said not in wrong]
        clear = [one for one in clear if not one.dropped]
        right = {one.text.strip(): one for one in clear}
        left = sorted(right.values(), key=lambda one: one.index)
        for key in rank_by[::-1]:
            name = {"verdict": "score"}.get(key.removeprefix("-"), key.removeprefix("-"))
            sign = 1 if key.startswith("-") else -1
            known = [one for one in left if getattr(one, name) is not None]
            known.sort(key=lambda one: sign * getattr(one, name))
            left = known + [one for one in left if getattr(one, name) is None]
        wanted += [one.text for one in left[:count]]
    config = {"per_problem": count, "rank_by": rank_by, "pass_rate": band}
    assert taken(ones, 1, **config) == taken(ones, 2, **config) == wanted


@settings(max_examples=50, deadline=None)
@given(
    groups(),
    st.sampled_from(["text", "equations", "code"]),
    st.sampled_from([["diversity"], ["verdict", "diversity", "-length"], ["-length"]]),
    st.sampled_from(["keep", "strip", "field"]),
)
def test_what_may_stand_in_a_row(ones: list[One], distinct: str, rank_by: list[str], thinking: str) -> None:
    config = {"distinct": distinct, "rank_by": rank_by, "per_problem": 3, "messages": {"thinking": thinking}}
    found = taken(ones, 1, **config)
    assert found == taken(ones, 2, **config)
    texts = {one.completion: one for one in ones}
    rows = select_sft(judged_frame(ones), SftConfig.model_validate(config))
    for (problem,), its in rows.group_by("problem"):
        chosen = [texts[completion] for completion in its["completion"]]
        assert all(one.problem == problem and one.proven and one.status == "pass" for one in chosen)
        assert not any(one.dropped for one in chosen)
        shown = [one.said if thinking == "strip" else one.text.strip() for one in chosen]
        assert len(shown) == len(set(shown)) <= 3


BANDED = [
    one
    for name, letters in (("never", "fff"), ("seldom", "pff"), ("often", "ppf"), ("always", "ppp"))
    for one in group(*[(letter, f"{name} {at}", 1.0) for at, letter in enumerate(letters)], problem=name)
]


def test_problems_in_the_band() -> None:
    assert taken(BANDED, pass_rate=[0.1, 0.5]) == ["seldom 0"]
    assert taken(BANDED, pass_rate=[0.5, 1.0], per_problem=1) == ["always 0", "often 0"]


def test_what_was_cut_off_counts_in_the_pass_rate_and_errors_do_not() -> None:
    ones = group(("p", "right", 1.0), ("c", "cut", 0.0), ("e", "broke", 0.0))
    assert taken(ones, pass_rate=[0.5, 0.5]) == ["right"]


def test_the_same_equations_once_and_the_one_that_is_farthest_from_the_others() -> None:
    ones = group(
        ("p", "First 2 + 3 = 5.", 1.0),
        ("p", "We see that 2+3=5, says she", 1.0),
        ("p", "First 6 - 1 = 5.", 1.0),
        ("p", "Five", 1.0),
        ("p", "five!", 1.0),
    )
    found = taken(ones, distinct="equations", per_problem=9, rank_by=["verdict"])
    assert found == ["We see that 2+3=5, says she", "First 6 - 1 = 5.", "five!"]


def test_the_same_code_once() -> None:
    ones = group(
        ("p", "```python\ndef f(x):\n    return x + 1\n```", 1.0),
        ("p", "Sure:\n```python\ndef f(number):\n    '''Add one.'''\n    return number + 1  # so\n```", 1.0),
        ("p", "```python\ndef f(x):\n    return 1 + x\n```", 1.0),
    )
    assert len(taken(ones, distinct="text", per_problem=9)) == 3
    assert len(taken(ones, distinct="code", per_problem=9)) == 2


def test_the_farthest_first() -> None:
    told = [("aaaaaaaa", 0.5), ("aaaaaaab", 1.0), ("bbbbbbbb", 0.5), ("aaaabbbb", 0.5)]
    ones = group(*[("p", text, score) for text, score in told])
    assert taken(ones, rank_by=["diversity"], per_problem=3) == ["aaaaaaaa", "bbbbbbbb", "aaaabbbb"]
    assert taken(ones, rank_by=["diversity", "verdict"], per_problem=2) == ["aaaaaaab", "bbbbbbbb"]
    assert taken(ones, rank_by=["verdict", "diversity"], per_problem=2) == ["aaaaaaab", "bbbbbbbb"]
    better = [*ones, One("p", 9, "aaaaaaac", "pass", 1.0)]
    assert taken(better, rank_by=["verdict", "diversity"], per_problem=2) == ["aaaaaaab", "aaaaaaac"]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.text("ab", min_size=1, max_size=6), min_size=1, max_size=7, unique=True))
def test_each_next_one_is_the_farthest(texts: list[str]) -> None:
    found = taken(group(*[("p", text, 1.0) for text in texts]), rank_by=["diversity"], per_problem=9)
    assert sorted(found) == sorted(texts)
    for at in range(1, len(found)):
        near = [min(Levenshtein.normalized_distance(text, one) for one in found[:at]) for text in found[at:]]
        assert near[0] == max(near)


def test_a_thought_is_no_part_of_what_is_stripped() -> None:
    texts = ["<think>2</think>4", "<think>other</think> 4", "<think>4"]
    ones = group(*[("p", text, 1.0) for text in texts])
    assert len(taken(ones, per_problem=9)) == 2
    assert taken(ones, per_problem=9, messages={"thinking": "strip"}) == ["<think>2</think>4"]
