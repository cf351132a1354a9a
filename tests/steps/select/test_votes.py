"""Self-consistency: the answer that most give, where nobody knows the right one."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st
from support.candidates import One, groups, judged_frame

from winnow.steps.select.config import GrpoConfig, SftConfig
from winnow.steps.select.problems import select_grpo
from winnow.steps.select.sft import select_sft
from winnow.steps.select.votes import voted


def answers(*told: str | None) -> list[One]:
    return [One("p", at, f"text {at}", "skip", extracted=one) for at, one in enumerate(told)]


def status(ones: list[One], min_share: float = 0.5) -> list[str]:
    return voted(judged_frame(ones), min_share).sort("problem", "index").collect()["status"].to_list()


def test_the_answer_that_most_give_passes() -> None:
    assert status(answers("4", "4", " 4 ", "5")) == ["pass", "pass", "pass", "fail"]
    rows = voted(judged_frame(answers("4", "4", "5", "4")), 0.5).sort("index").collect()
    assert rows["score"].to_list() == [0.75, 0.75, 0.25, 0.75]


def test_too_few_prove_nothing() -> None:
    assert status(answers("4", "4", "5", "6", "7")) == ["skip"] * 5
    assert status(answers("4", "4", "5", "6", "7"), 0.4) == ["pass", "pass", "fail", "fail", "fail"]


def test_as_many_for_each_of_two_prove_nothing() -> None:
    assert status(answers("4", "5", "4", "5")) == ["skip"] * 4


def test_silence_is_a_vote_for_nobody() -> None:
    assert status(answers("4", None, "", " ")) == ["skip"] * 4
    assert status(answers("4", "4", None)) == ["pass", "pass", "skip"]


def test_the_cut_off_and_the_broken_have_no_vote() -> None:
    others = [
        One("p", 8, "cut", "skip", None, "length", extracted="5"),
        One("p", 9, "broke", "error", extracted="5"),
    ]
    assert status([*answers("4", "4", "5"), *others]) == ["pass", "pass", "fail"]


def test_a_recipe_trusts_it_where_it_says_so() -> None:
    ones = answers("4", "4", "4", "5")
    assert select_sft(judged_frame(ones), SftConfig()).height == 0
    rows = select_sft(judged_frame(ones), SftConfig(trust="votes", min_share=0.75, per_problem=9))
    assert rows["score"].to_list() == [0.75] * 3
    (row,) = select_grpo(judged_frame(ones), GrpoConfig(trust="votes")).to_dicts()
    assert (row["pass_rate"], row["answer"]) == (0.75, "4")


def test_a_problem_that_the_votes_know_nothing_of_is_no_row() -> None:
    frame = judged_frame(answers("4", "5", "4", "5"))
    assert select_grpo(frame, GrpoConfig(trust="votes", pass_rate=[0.0, 1.0])).height == 0
    assert select_grpo(frame, GrpoConfig(pass_rate=[0.0, 1.0])).height == 1


@given(groups(), st.sampled_from([0.1, 0.34, 0.5, 1.0]))
def test_it_is_the_definition(ones: list[One], min_share: float) -> None:
    wanted = []
    for _, its in groupby(ones, key=lambda one: one.problem):
        voters = [one for one in its if one.finish_reason == "stop" and one.status != "error"]
        votes = Counter((one.extracted or "").strip() for one in voters)
        del votes[""]
        (first, most), *others = [*votes.most_common(), ("", 0)]
        known = most and most / len(voters) >= min_share and all(count < most for _, count in others)
        for one in voters:
            answer = (one.extracted or "").strip()
            wanted.append(("pass" if answer == first else "fail") if known and answer else "skip")
    assert status(ones, min_share) == wanted
