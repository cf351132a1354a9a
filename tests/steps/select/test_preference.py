"""Pairs: what may stand in one, and that each rule takes those which it says it takes."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from collections.abc import Callable
from itertools import groupby
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.candidates import One, group, groups, judged_frame

from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.preference import RULES, select_pairs

Pair = tuple[One, One]


def taken(ones: list[One], seed: int = 0, **config: Any) -> list[tuple[str, str]]:
    """The texts of the pairs, in their order."""
    texts = {one.completion: one.text for one in ones}
    rows = select_pairs(judged_frame(ones, seed), PreferenceConfig(**config))
    return [(texts[chosen], texts[rejected]) for chosen, rejected in rows.select("chosen", "rejected").rows()]


# What a rule says it does, once more, without polars and without rounds.


def usable(ones: list[One], status: str) -> list[One]:
    whole = sorted((one for one in ones if one.proven), key=lambda one: one.index)
    right, wrong = ({one.said for one in whole if one.status == way} for way in ("pass", "fail"))
    first: dict[str, One] = {}
    for one in whole:
        if one.status == status and one.said not in right & wrong and not one.dropped:
            first.setdefault(one.text.strip(), one)
    return list(first.values())


def by_score(one: One) -> tuple[float, int, int]:
    """`rank_by: [verdict, -length]`: the best first."""
    return -(one.score or 0), one.length, one.index


def by_worst(one: One) -> tuple[float, int, int]:
    return (one.score or 0), -one.length, one.index


def width(pair: Pair) -> float:
    return (pair[0].score or 0) - (pair[1].score or 0)


def in_step(right: list[One], wrong: list[One]) -> list[Pair]:
    """The first with the first, the second with the second; then the others by their places."""
    places = [(at, of) for at in range(len(right)) for of in range(len(wrong))]
    places.sort(key=lambda place: (max(place), -min(place), place))
    return [(right[at], wrong[of]) for at, of in places]


Sorted = Callable[[list[One]], list[Pair]]


def best_vs_worst(ones: list[One]) -> list[Pair]:
    return in_step(sorted(usable(ones, "pass"), key=by_score), sorted(usable(ones, "fail"), key=by_worst))


def margin(ones: list[One]) -> list[Pair]:
    right, wrong = sorted(usable(ones, "pass"), key=by_score), sorted(usable(ones, "fail"), key=by_worst)
    places = [(at, of) for at in range(len(right)) for of in range(len(wrong))]
    places.sort(key=lambda place: (-width((right[place[0]], wrong[place[1]])), sum(place), place))
    return [pair for pair in ((right[at], wrong[of]) for at, of in places) if width(pair) > 0]


def mu_minus_2sigma(ones: list[One]) -> list[Pair]:
    scores = [one.score or 0 for one in ones if one.proven]
    target = statistics.mean(scores) - 2 * statistics.pstdev(scores) if scores else 0
    off = {one.index: round(abs((one.score or 0) - target), 9) for one in ones}
    wrong = sorted(usable(ones, "fail"), key=lambda one: (off[one.index], by_worst(one)))
    return [pair for pair in in_step(sorted(usable(ones, "pass"), key=by_score), wrong) if width(pair) > 0]


def hard_negative(ones: list[One]) -> list[Pair]:
    votes = Counter((one.extracted or "").strip() for one in ones if one.proven and one.status == "fail")
    wrong = [one for one in usable(ones, "fail") if (one.extracted or "").strip()]
    wrong.sort(key=lambda one: (-votes[(one.extracted or "").strip()], by_score(one)))
    return in_step(sorted(usable(ones, "pass"), key=by_score), wrong)


def closest(apart: Callable[[One, One], float]) -> Sorted:
    def rule(ones: list[One]) -> list[Pair]:
        right, wrong = (sorted(usable(ones, status), key=by_score) for status in ("pass", "fail"))
        places = [(at, of) for at in range(len(right)) for of in range(len(wrong))]
        places = [place for place in places if apart(right[place[0]], wrong[place[1]]) < 2]
        places.sort(key=lambda place: (apart(right[place[0]], wrong[place[1]]), sum(place), place))
        return [(right[at], wrong[of]) for at, of in places]

    return rule


def by_length(one: One, other: One) -> float:
    return 1 - min(one.length, other.length) / max(one.length, other.length)


def by_edits(one: One, other: One) -> float:
    """Levenshtein's distance by the book (Wagner and Fischer)."""
    before = list(range(len(other.text) + 1))
    for row, letter in enumerate(one.text, 1):
        now = [row]
        for column, against in enumerate(other.text, 1):
            now.append(min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != against)))
        before = now
    return before[-1] / max(one.length, other.length)


def by_steps(one: One, other: One) -> float:
    """Less the more steps are shared; 2 where none is, or one side ends there."""
    steps, others = ([step.strip() for step in side.text.strip().split("\n\n")] for side in (one, other))
    same = 0
    while same < min(len(steps), len(others)) and steps[same] == others[same]:
        same += 1
    return 2 if same == 0 or same == min(len(steps), len(others)) else -same


REFERENCE: dict[str, Sorted] = {
    "best_vs_worst": best_vs_worst,
    "margin": margin,
    "mu_minus_2sigma": mu_minus_2sigma,
    "hard_negative": hard_negative,
    "length_matched": closest(by_length),
    "near_duplicate": closest(by_edits),
    "step_level": closest(by_steps),
}


@pytest.mark.parametrize("rule", REFERENCE)
@settings(max_examples=60, deadline=None)
@given(ones=groups(), per_problem=st.integers(1, 3), most_uses=st.integers(1, 2))
def test_a_rule_takes_what_it_says(rule: str, ones: list[One], per_problem: int, most_uses: int) -> None:
    wanted = []
    for _, its in groupby(ones, key=lambda one: one.problem):
        uses: Counter[str] = Counter()
        count = 0
        for pair in REFERENCE[rule](list(its)):
            if count < per_problem and all(uses[one.completion] < most_uses for one in pair):
                wanted.append(tuple(one.text for one in pair))
                uses.update(one.completion for one in pair)
                count += 1
    assert taken(ones, rule=rule, per_problem=per_problem, most_uses=most_uses) == wanted


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=40, deadline=None)
@given(
    ones=groups(),
    per_problem=st.integers(1, 4),
    most_uses=st.integers(1, 3),
    trust=st.sampled_from(["verdict", "agreement", "votes"]),
    thinking=st.sampled_from(["keep", "strip", "field"]),
)
def test_what_may_stand_in_a_pair(
    rule: str, ones: list[One], per_problem: int, most_uses: int, trust: str, thinking: str
) -> None:
    config = PreferenceConfig.model_validate(
        {
            "rule": rule,
            "per_problem": per_problem,
            "most_uses": most_uses,
            "trust": trust,
            "messages": {"thinking": thinking},
        }
    )
    rows = select_pairs(judged_frame(ones, 1), config)
    assert rows.equals(select_pairs(judged_frame(ones, 2), config))
    of = {one.completion: one for one in ones}
    uses: Counter[str] = Counter()
    for row in rows.iter_rows(named=True):
        chosen, rejected = of[row["chosen"]], of[row["rejected"]]
        assert chosen.problem == rejected.problem == row["problem"]
        assert chosen.said != rejected.said
        for side in (chosen, rejected):
            assert side.finish_reason != "length"
            assert not side.dropped
            assert side.said
        if trust == "verdict":
            assert (chosen.status, rejected.status) == ("pass", "fail")
            assert (row["score_chosen"], row["score_rejected"]) == (chosen.score, rejected.score)
        if rule in ("margin", "mu_minus_2sigma"):
            assert row["margin"] > 0
            assert row["margin"] == row["score_chosen"] - row["score_rejected"]
        uses.update((row["chosen"], row["rejected"]))
    assert max(uses.values(), default=0) <= most_uses
    for _, its in rows.group_by("problem"):
        assert its["place"].to_list() == list(range(len(its)))
        assert len(its) <= per_problem
        assert its.select("chosen", "rejected").is_unique().all()


def sides(count: int, problem: str = "p") -> list[One]:
    """So many right ones, and as many wrong ones."""
    told = [(letter, f"{letter} {at}", float(letter == "p")) for letter in "pf" for at in range(count)]
    return group(*told, problem=problem)


MIXED = group(
    ("p", "long and right", 1.0),
    ("f", "no", 0.0),
    ("p", "right", 1.0),
    ("f", "nearly", 0.5),
    ("f", "nope", 0.0),
)


def test_the_worst_goes_with_the_best_again_where_it_may() -> None:
    assert taken(MIXED, per_problem=5) == [("right", "nope"), ("long and right", "no")]
    assert taken(MIXED, per_problem=3, most_uses=2) == [
        ("right", "nope"),
        ("long and right", "no"),
        ("right", "no"),
    ]


def test_margins_are_told_and_may_be_asked_for() -> None:
    assert taken(MIXED, rule="margin", min_margin=0.75, per_problem=9, most_uses=9) == [
        ("right", "nope"),
        ("right", "no"),
        ("long and right", "nope"),
        ("long and right", "no"),
    ]
    rows = select_pairs(judged_frame(MIXED), PreferenceConfig(rule="margin", per_problem=9))
    assert rows.select("margin", "score_chosen", "score_rejected").rows() == [(1.0, 1.0, 0.0)] * 2


def test_a_margin_is_what_it_looks_like() -> None:
    """1 - 0.9 is 0.09999999999999998 to a processor."""
    assert taken(group(("p", "right", 1.0), ("f", "nearly", 0.9)), rule="margin", min_margin=0.1)


def test_a_reward_is_the_scale_where_it_ranks_first() -> None:
    ones = [
        One("p", 0, "fine", "pass", 1.0, reward=0.25),
        One("p", 1, "finest", "pass", 1.0, reward=2.0),
        One("p", 2, "bad", "fail", 0.0, reward=1.0),
    ]
    assert taken(ones, rule="margin", rank_by=["reward"], per_problem=9, most_uses=9) == [("finest", "bad")]
    assert taken(ones, rule="margin", per_problem=9, most_uses=9) == [("fine", "bad"), ("finest", "bad")]
    nothing = [One("p", 0, "fine", "pass", 1.0), One("p", 1, "bad", "fail", 0.0)]
    assert taken(nothing, rule="margin", rank_by=["reward"]) == []
    assert taken(nothing, rule="mu_minus_2sigma", rank_by=["reward"]) == []


def test_all_pairs_are_spread_evenly() -> None:
    """Four right and four wrong give sixteen pairs; eight of them use each candidate twice."""
    ones = group(
        *[("p", f"right {at}", 1.0) for at in range(4)], *[("f", f"wrong {at}", 0.0) for at in range(4)]
    )
    every = taken(ones, rule="correct_vs_incorrect", per_problem=99, most_uses=99)
    assert len(set(every)) == 16
    half = taken(ones, rule="correct_vs_incorrect", per_problem=8, most_uses=99)
    assert set(Counter(side for pair in half for side in pair).values()) == {2}


def test_pairs_are_drawn_from_everywhere() -> None:
    """Of 300 problems' pairs each of three right ones is the first one's about as often."""
    ones = [one for at in range(300) for one in sides(3, f"{at}")]
    firsts = Counter(taken(ones, rule="correct_vs_incorrect", per_problem=1))
    assert len(firsts) == 9
    assert min(firsts.values()) > 15  # 33 are expected: three standard deviations are 17


def test_many_candidates_are_not_all_paired() -> None:
    """Of 400 and 400 there would be 160,000 pairs."""
    ones = group(
        *[("p", f"right {at}", 1.0) for at in range(400)], *[("f", f"wrong {at}", 0.0) for at in range(400)]
    )
    frame = judged_frame(ones)
    for rule in RULES:
        config = PreferenceConfig.model_validate({"rule": rule, "per_problem": 5})
        assert select_pairs(frame, config).height == (0 if rule in ("hard_negative", "step_level") else 5)


def test_where_two_part_is_told() -> None:
    ones = group(
        ("p", "first\n\nsecond\n\nright\n\nend", 1.0),
        ("f", "first\n\nsecond\n\nwrong\n\nend", 0.0),
        ("f", "first\n\nother", 0.0),
        ("f", "nothing alike", 0.0),
    )
    rows = select_pairs(judged_frame(ones), PreferenceConfig(rule="step_level", per_problem=9, most_uses=9))
    assert rows.select("shared_prefix", "step_chosen", "step_rejected").rows() == [
        ("first\n\nsecond", "right", "wrong"),
        ("first", "second", "other"),
    ]


def test_votes_and_edits_are_told() -> None:
    ones = [
        One("p", 0, "it is 4", "pass", 1.0, extracted="4"),
        One("p", 1, "it is 5", "fail", 0.0, extracted="5"),
        One("p", 2, "surely 5", "fail", 0.0, extracted=" 5"),
        One("p", 3, "6", "fail", 0.0, extracted="6"),
    ]
    hard = select_pairs(
        judged_frame(ones), PreferenceConfig(rule="hard_negative", most_uses=9, per_problem=9)
    )
    assert hard["votes_rejected"].to_list() == [2, 2, 1]
    near = select_pairs(judged_frame(ones), PreferenceConfig(rule="near_duplicate"))
    assert near["edit_distance"].to_list() == [1]


def test_long_texts_are_not_compared() -> None:
    long = "a" * 400_000
    ones = group(("p", long, 1.0), ("f", f"{long}b", 0.0), ("p", "short", 1.0), ("f", "shirt", 0.0))
    assert taken(ones, rule="near_duplicate") == [("short", "shirt")]


def test_more_pairs_than_are_compared_by_default() -> None:
    assert len(taken(sides(20), rule="near_duplicate", per_problem=20)) == 20


def test_problems_are_apart() -> None:
    """What is chosen of one problem does not hang on the others that are there."""
    dice = random.Random(3)
    ones = [
        One(f"{at}", index, f"{dice.random()}", dice.choice(["pass", "fail"]), dice.random(), extracted="1")
        for at in range(6)
        for index in range(9)
    ]
    for rule in RULES:
        config = PreferenceConfig.model_validate({"rule": rule, "per_problem": 3, "most_uses": 2})
        parts = [[one for one in ones if int(one.problem) % 2 == part] for part in (0, 1)]
        apart = pl.concat([select_pairs(judged_frame(part), config) for part in parts])
        assert apart.sort("problem", "place").equals(select_pairs(judged_frame(ones), config))


def test_what_is_dropped_is_in_no_pair_but_in_what_its_group_is_like() -> None:
    """Two gave 5, which is the mistake that is made most, though one of them is dropped."""
    ones = [
        One("p", 0, "it is 4", "pass", 1.0, extracted="4"),
        One("p", 1, "it is 6", "fail", 0.0, extracted="6"),
        One("p", 2, "it is 5", "fail", 0.0, extracted="5", dropped=True),
        One("p", 3, "it's 5", "fail", 0.0, extracted="5"),
    ]
    assert taken(ones, rule="hard_negative") == [("it is 4", "it's 5")]
    same = [One("p", 0, "it is 4", "pass", 1.0), One("p", 1, "it is 4", "fail", 0.0, dropped=True)]
    assert taken([*same, One("p", 2, "it is 5", "fail", 0.0)]) == []  # judged both ways, still
