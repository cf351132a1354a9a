"""What several heavy tests share: trainers' environments, and a run with every kind of dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support import environments
from support.argilla import ArgillaServer
from support.command import winnow
from support.recipes import sums, write_jsonl, write_recipe

KINDS = ("sft", "preference", "kto", "reward", "grpo", "stepwise", "step_preference", "candidates")


@pytest.fixture(scope="session")
def trl() -> Path:
    """The Python of an environment with TRL and today's winnow."""
    folder = environments.trl()
    environments.pip(folder, "install", "-qq", "--no-deps", "--force-reinstall", ".")
    return folder / "bin/python"


@pytest.fixture(scope="session")
def argilla(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgillaServer]:
    """Argilla's real server, for all tests of a session."""
    server = ArgillaServer(tmp_path_factory.mktemp("argilla") / "home")
    yield server
    assert server.stop() == 0


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of `winnow` with the replay engine, whose build has every kind: half of the answers are right."""
    folder = tmp_path_factory.mktemp("everything")
    write_jsonl(folder / "problems.jsonl", sums(8))
    rows = [{"id": str(at), "completions": [answer_to(at, one) for one in range(8)]} for at in range(8)]
    write_jsonl(folder / "candidates.jsonl", rows)
    sample = {"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, "n": 8}
    write_recipe(folder, sample=sample, build={**{kind: {} for kind in KINDS}, "splits": {"validation": 0.3}})
    done = winnow("run", "recipe.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def answer_to(at: int, one: int) -> str:
    """Candidate `one` of the sum `at + at`: in two steps, of which the last is wrong where `one` is odd."""
    return f"By way {'abcd'[one // 2]}.\nIt is {at + at + one % 2}"


@pytest.fixture(scope="session")
def is_right() -> Callable[[str], bool]:
    """Whether a text with the prompt `What is a + a?` and an answer to it says the sum."""
    return _right


def _right(text: str) -> bool:
    asked, _, said = text.partition("?")
    numbers = [int(part) for part in asked.split() if part.isdigit()]
    told = "".join(char if char.isdigit() else " " for char in said.partition("It is")[2]).split()
    return [sum(numbers)] == [int(part) for part in told]
