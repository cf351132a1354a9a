"""The source of our own problems: the same from a seed, in any process, as far as it goes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from pydantic import ValidationError

from winnow.steps.errors import UsageError
from winnow.steps.source import TasksSource
from winnow.steps.source.survey import survey
from winnow.verifiers import load


def tasks(**keys: object) -> TasksSource:
    return TasksSource.model_validate({"type": "tasks", **keys})


def ids(**keys: object) -> list[str]:
    return [problem.id for problem in tasks(**keys).rows()]


def test_the_same_seed_gives_the_same_problems_in_any_process() -> None:
    code = (
        "from winnow.steps.source import TasksSource\n"
        "for row in TasksSource(type='tasks', per_family=5, seed=3).rows(): print(row.source_id, row.id)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0] == [f"{row.source_id} {row.id}" for row in tasks(per_family=5, seed=3).rows()]


def test_another_seed_gives_other_problems() -> None:
    one, other = set(ids(seed=1)), set(ids(seed=2))
    assert len(one & other) < len(one) / 20


def test_a_larger_number_keeps_the_problems_of_a_smaller_one() -> None:
    small, large = ids(per_family=30), ids(per_family=60)
    assert large[: len(small)] == small


def test_hundreds_of_different_problems_a_family() -> None:
    rows = list(tasks(per_family=400).rows())
    assert len({row.id for row in rows}) == len(rows) == 400 * len(families())
    assert len({row.source_id for row in rows}) == len(rows)


def test_no_question_comes_twice_while_there_are_others() -> None:
    asked = Counter(row.prompt[-1]["content"] for row in tasks(per_family=25).rows())
    assert asked.most_common(1)[0][1] == 1


def test_families_alternate_so_that_a_limit_takes_some_of_each() -> None:
    rows = list(tasks(limit=2 * len(families())).rows())
    assert Counter(row.metadata["family"] for row in rows) == dict.fromkeys(families(), 2)


def families() -> list[str]:
    found: list[str] = tasks().identity()["families"]
    return found


def test_there_are_enough_families() -> None:
    assert len(families()) >= 8


def test_every_problem_brings_a_test_that_loads() -> None:
    judge = load({"type": "per_problem"})
    for row in tasks(per_family=20).rows():
        assert judge(row.reference, "I do not know.").status == "fail", row
        assert judge(row.reference, "").status == "fail", row
        assert judge(row.reference, row.prompt[-1]["content"]).status == "fail", row


def test_examples_before_a_question_do_not_answer_it() -> None:
    """Whoever repeats an earlier answer of the conversation is wrong."""
    judge = load({"type": "per_problem"})
    for row in tasks(per_family=100).rows():
        for turn in row.prompt[:-1]:
            assert judge(row.reference, turn["content"]).status == "fail", row


def test_chosen_families() -> None:
    rows = list(tasks(families=["capital", "bullets", "capital"], per_family=3).rows())
    assert [row.metadata["family"] for row in rows] == ["capital", "bullets"] * 3
    assert survey(tasks(families=["capital"])).references == {"check"}
    with pytest.raises(ValidationError, match="no family is called 'bulets': did you mean 'bullets'"):
        tasks(families=["bulets"])


def test_a_family_that_is_drawn_empty_says_so() -> None:
    with pytest.raises(
        UsageError, match=r"json_person' has some \d+ different problems, and per_family asks for 9000"
    ):
        survey(tasks(families=["json_person"], per_family=9000))


def test_identity_names_the_families() -> None:
    assert tasks(seed=3, per_family=5).identity() == {
        "type": "tasks",
        "families": sorted(families()),
        "per_family": 5,
        "seed": 3,
    }
