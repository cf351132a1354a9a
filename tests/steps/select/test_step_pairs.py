"""Pairs of steps: by labels, from what failed and what led on; by a tree, from the scores of siblings."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.candidates import One, group, judged_frame
from support.ledgers import SAMPLING

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.nodes import node_row
from winnow.steps.ledger.rollouts import prefix_key
from winnow.steps.ledger.schema import reward_row
from winnow.steps.records import GREEDY, Choice, Grown, Problem, place_of
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.steps.select.config import StepPreferenceConfig
from winnow.steps.select.reasoning import reasoning_steps
from winnow.steps.select.siblings import pairs_by_scores
from winnow.steps.select.step_pairs import frame_of, pairs_by_labels, select_step_pairs

TOLD = '{"temperature":0.8}'


def by_labels(
    ones: Sequence[One],
    passed: Mapping[str, Sequence[str]] | None = None,
    labels: Mapping[int, list[bool]] | None = None,
    seed: int = 0,
    **config: Any,
) -> list[dict[str, Any]]:
    """`passed` are texts by the beginning of an answer, `labels` those of candidates by their index."""
    frame = judged_frame(ones, seed)
    if labels is not None:
        told = pl.LazyFrame(
            {"index": list(labels), "labels": list(labels.values())},
            schema={"index": pl.Int32, "labels": pl.List(pl.Boolean)},
        )
        frame = frame.join(told, on="index", how="left")
    keyed = {prefix_key("p", TOLD, prefix): texts for prefix, texts in (passed or {}).items()}
    setting = StepPreferenceConfig(**config)
    return select_step_pairs(frame_of(pairs_by_labels(frame, keyed, setting)), setting).to_dicts()


def said(rows: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(row["prefix"], row["step_chosen"], row["step_rejected"]) for row in rows]


def test_the_first_bad_step_against_those_that_led_on() -> None:
    ones = group(("f", "a\n\nb\n\nx", 0.0), ("f", "a\n\nc\n\ny", 0.0), ("p", "z", 1.0), ("f", "a\n\nd", 0.0))
    passed = {"a\n\n": ["g\n\nend", "h", "g"]}
    labels = {0: [True, False], 1: [True, False], 3: [True, False]}
    assert said(by_labels(ones, passed, labels)) == [
        ("a\n\n", "g", "b"),  # good ones take turns
        ("a\n\n", "h", "c"),
        ("a\n\n", "g", "d"),
    ]
    assert len(by_labels(ones, passed, labels, per_problem=2)) == 2
    (row, *_) = by_labels(ones, passed, labels)
    assert row["completion_rejected"] == ones[0].completion and row["margin"] is None


def test_what_is_good_and_bad_is_in_no_pair() -> None:
    ones = group(("f", "a\n\nb", 0.0), ("p", "z", 1.0))
    assert not by_labels(ones, {"a\n\n": ["b\n\nend", "g"]}, {0: [True, False]})
    assert not by_labels(ones, {}, {0: [True, False]})  # nobody led on
    # A text that goes on within the last step has no step of its own after it.
    assert not by_labels(ones, {"a\n\n": [" "]}, {0: [True, False]})


def test_answers_that_passed_lead_on_too() -> None:
    ones = group(("p", "a\n\ng", 1.0), ("f", "a\n\nb", 0.0), ("f", "c", 0.0), ("f", "q\n\nr", 0.0))
    assert said(by_labels(ones)) == [("a\n\n", "g", "b"), ("", "a", "c")]
    dropped = [One("p", 0, "a\n\ng", dropped=True), *ones[1:]]
    assert not by_labels(dropped)  # it shows where one left the way, and is shown to nobody


_text = st.lists(st.sampled_from("abc"), min_size=1, max_size=4).map("\n\n".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("pf"), _text), max_size=8),
    st.dictionaries(st.sampled_from(["a\n\n", "b\n\n", "a\n\nb\n\n"]), st.lists(_text, max_size=3)),
    st.integers(1, 3),
)
def test_every_pair_is_proven(
    told: list[tuple[str, str]], passed: dict[str, list[str]], per_problem: int
) -> None:
    ones = group(*((letter, text, 1.0) for letter, text in told))
    found = by_labels(ones, passed, seed=1, per_problem=per_problem)
    assert found == by_labels(ones, passed, seed=2, per_problem=per_problem)
    assert len(found) <= per_problem and len({row["id"] for row in found}) == len(found)
    texts = {one.completion: one.text for one in ones if one.status == "fail"}
    torn = set(texts.values())  # judged both ways, it proves nothing
    right = [reasoning_steps(one.text) for one in ones if one.status == "pass" and one.text not in torn]
    right += [
        reasoning_steps(prefix + text)
        for prefix, some in passed.items()
        for text in some
        if any(one.startswith(prefix) for one in texts.values())
    ]
    for row in found:
        prefix = reasoning_steps(row["prefix"])
        good, bad = ((*prefix, row[side]) for side in ("step_chosen", "step_rejected"))
        assert any(one[: len(good)] == good for one in right)
        assert not any(one[: len(bad)] == bad for one in right)
        assert texts[row["completion_rejected"]].startswith(row["prefix"] + row["step_rejected"])


# --- by a tree

PROBLEM = Problem("p", ({"role": "user", "content": "?"},))
SCORER = ("prm", "1", "prm")
SCORING = Scoring((Member("prm"),))
Step = tuple[tuple[str, ...], int, str, float | None]


def tree(ledger: Ledger, steps: Sequence[Step], *, reason: str = "stop", seed: int | None = None) -> None:
    """Nodes (their parent's steps, their draw, their text), and the score of each that has one."""
    nodes, rewards = [], []
    for at, (parent, draw, text, score) in enumerate(steps):
        one = Grown(parent, draw, Choice(text, reason), False)
        nodes.append(node_row(PROBLEM, one, SAMPLING, "r", at))
        if score is not None:
            place = place_of(PROBLEM.id, one.steps)
            rewards.append(reward_row(PROBLEM.id, place, Reward(score), SCORER, "r", at))
    if seed is not None:
        random.Random(seed).shuffle(nodes)
        random.Random(seed).shuffle(rewards)
    ledger.commit({"nodes": nodes, "node_rewards": rewards})


def by_tree(ledger: Ledger, *ones: One, **config: Any) -> list[tuple[str, str, str, float]]:
    setting = StepPreferenceConfig(by="tree", **config)
    candidates = judged_frame(ones or [One(PROBLEM.id, 0, "a\n\nend")])
    pairs = frame_of(pairs_by_scores(ledger, candidates, SCORING, setting))
    rows = select_step_pairs(pairs, setting).to_dicts()
    return [(*one, row["margin"]) for one, row in zip(said(rows), rows, strict=True)]


STEPS: list[Step] = [
    ((), 0, "a\n\n", 0.75),
    ((), 1, "b\n\n", 0.25),
    ((), 2, "c\n\n", 0.5),
    (("a\n\n",), 0, "d\n\n", 0.5),
    (("a\n\n",), 1, "e\n\n", 0.4375),  # as good as the one before it
    (("a\n\n",), 2, "\n\n", 0.0),  # says nothing
    (("a\n\n", "d\n\n"), 0, "f", 1.0),
    (("a\n\n", "d\n\n"), 1, "g", 0.0),
    (("c\n\n",), 0, "h", None),  # nobody scored it
    (("c\n\n",), 1, "i", 0.1),
]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_best_of_siblings_against_the_worst(tmp_path: Path, seed: int | None) -> None:
    ledger = Ledger(tmp_path)
    tree(ledger, STEPS, seed=seed)
    assert by_tree(ledger) == [("a\n\nd\n\n", "f", "g", 1.0), ("", "a", "b", 0.5)]
    assert by_tree(ledger, per_problem=1) == [("a\n\nd\n\n", "f", "g", 1.0)]
    assert by_tree(ledger, margin=0.6) == [("a\n\nd\n\n", "f", "g", 1.0)]
    assert ("a\n\n", "d", "e", 0.0625) in by_tree(ledger, margin=0.05)


def test_a_last_step_is_not_preferred_against_its_verdict(tmp_path: Path) -> None:
    """An end that failed is never the better one, and one that passed never the worse."""
    tree(Ledger(tmp_path), [((), 0, "f", 0.9), ((), 1, "g", 0.1), ((), 2, "h\n\n", 0.4)])
    wrong, right = One(PROBLEM.id, 0, "f", "fail"), One(PROBLEM.id, 1, "g")
    assert by_tree(Ledger(tmp_path), wrong) == [("", "h", "g", 0.3)]
    assert by_tree(Ledger(tmp_path), right) == [("", "f", "h", 0.5)]
    assert by_tree(Ledger(tmp_path), wrong, right) == []


def test_a_look_ahead_is_the_score_of_the_step_that_it_went_from(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ahead: list[Step] = [
        ((), 0, "a\n\n", None),
        ((), 1, "b\n\n", None),
        (("a\n\n",), GREEDY, "c\n\n", 0.9),
        (("b\n\n",), GREEDY, "d\n\n", 0.1),
    ]
    tree(ledger, ahead)
    assert by_tree(ledger) == [("", "a", "b", 0.8)]


def test_what_was_cut_off_is_no_step(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    tree(ledger, STEPS[:1])
    tree(ledger, STEPS[1:2], reason="length")
    assert by_tree(ledger) == []


def test_settings_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="`margin` is between scores"):
        StepPreferenceConfig(margin=0.5)
    with pytest.raises(ValueError, match="must be `keep`"):
        StepPreferenceConfig.model_validate({"messages": {"thinking": "strip"}})
