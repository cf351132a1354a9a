"""Completions with labels: KTO's, and those of process reward models, which must be proven."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from support.candidates import One, group, groups, judged_frame

from winnow.steps.select.config import KtoConfig, StepwiseConfig
from winnow.steps.select.labels import select_kto, select_stepwise
from winnow.steps.select.reasoning import reasoning_steps


def kto(ones: list[One], seed: int = 0, **config: Any) -> list[tuple[str, bool]]:
    texts = {one.completion: one.text for one in ones}
    rows = select_kto(judged_frame(ones, seed), KtoConfig(**config))
    return [(texts[completion], label) for completion, label in rows.select("completion", "label").rows()]


def stepwise(ones: list[One], seed: int = 0, **config: Any) -> list[tuple[str, bool]]:
    texts = {one.completion: one.text for one in ones}
    rows = select_stepwise(judged_frame(ones, seed), StepwiseConfig(**config))
    return [(texts[completion], label) for completion, label in rows.select("completion", "label").rows()]


LABELLED = group(
    ("p", "right", 1.0),
    ("f", "nearly", 0.5),
    ("p", "also right", 1.0),
    ("p", "right too", 1.0),
    ("f", "no", 0.0),
)


def test_the_best_and_the_worst() -> None:
    assert kto(LABELLED, per_problem=1) == [("right", True), ("no", False)]
    assert [label for _, label in kto(LABELLED, per_problem=9)] == [True, True, True, False, False]


def test_balanced_means_as_many_of_each_in_every_problem() -> None:
    ones = [*LABELLED, *group(("p", "alone", 1.0), problem="q")]
    assert [label for _, label in kto(ones, per_problem=9, balanced=True)] == [True, True, False, False]


@settings(max_examples=40, deadline=None)
@given(groups())
def test_labels_are_verdicts(ones: list[One]) -> None:
    for balanced in (False, True):
        found = kto(ones, 1, per_problem=2, balanced=balanced)
        assert found == kto(ones, 2, per_problem=2, balanced=balanced)
    rows = select_kto(judged_frame(ones), KtoConfig(per_problem=2, balanced=True))
    told = {one.completion: one for one in ones}
    for _, its in rows.group_by("problem"):
        assert its["label"].sum() * 2 == its.height <= 4
        assert its["place"].to_list() == list(range(its.height))
    for completion, label in rows.select("completion", "label").rows():
        assert told[completion].proven
        assert not told[completion].dropped
        assert told[completion].status == ("pass" if label else "fail")


def test_a_failure_is_a_row_where_its_last_step_left_a_right_way() -> None:
    ones = group(
        ("p", "a\n\nb\n\nright", 1.0),
        ("f", "a\n\nb\n\nwrong", 0.0),  # a and b are good: the row above goes on from there
        ("f", "a\n\nx\n\nwrong", 0.0),  # who knows of x
        ("f", "no way", 0.0),
        ("f", "a\n\nb", 0.0),  # ends in the middle of the right way: is b bad, or only not the end?
    )
    assert stepwise(ones, per_problem=9) == [
        ("a\n\nb\n\nright", True),
        ("a\n\nb\n\nwrong", False),
        ("no way", False),
    ]


def test_many_steps_take_no_time() -> None:
    """Every beginning of 20,000 steps, kept as such, would fill the memory."""
    steps = "\n".join(f"{at}" for at in range(20_000))
    ones = group(("p", steps + "\nright", 1.0), ("f", steps + "\nwrong", 0.0), ("f", "0\n" + steps, 0.0))
    assert [label for _, label in stepwise(ones)] == [True, False]


@settings(max_examples=60, deadline=None)
@given(groups())
def test_no_label_is_guessed(ones: list[One]) -> None:
    assert stepwise(ones, 1, per_problem=3) == stepwise(ones, 2, per_problem=3)
    rows = select_stepwise(judged_frame(ones), StepwiseConfig(per_problem=3))
    told = {one.completion: one for one in ones}
    wrong = {(one.problem, one.said) for one in ones if one.proven and one.status == "fail"}
    passed = [one for one in ones if one.proven and one.status == "pass"]
    right = [one for one in passed if (one.problem, one.said) not in wrong]
    for problem, completion, label in rows.select("problem", "completion", "label").rows():
        steps = reasoning_steps(told[completion].text)
        assert told[completion].status == ("pass" if label else "fail")
        assert not told[completion].dropped
        ways = [reasoning_steps(one.text) for one in right if one.problem == problem]
        shown = [way for way in ways if way[: len(steps) - 1] == steps[:-1]]
        assert label or shown or len(steps) == 1
        assert label or not any(way[: len(steps)] == steps for way in shown)


def test_a_way_that_was_dropped_is_still_right() -> None:
    """Its own row is out; but b led to the right end, so it is no last step that is wrong."""
    dropped = One("p", 0, "a\n\nb\n\nright", "pass", 1.0, dropped=True)
    ones = [dropped, One("p", 1, "a\n\nb", "fail", 0.0), One("p", 2, "a\n\nb\n\nwrong", "fail", 0.0)]
    assert stepwise(ones, per_problem=9) == [("a\n\nb\n\nwrong", False)]
