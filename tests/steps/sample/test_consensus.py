"""Until answers agree: the rules as their papers have them, whoever is asked, killed and resumed."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from math import comb
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.command import winnow
from support.recipes import write_jsonl, write_recipe

from winnow.steps.ledger import Ledger
from winnow.steps.records import Candidate, Choice
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.consensus import answers_of, confidence
from winnow.steps.sample.plan import next_goal
from winnow.verifiers.verdict import Verdict

ENGINE = {"type": "replay", "path": "none.jsonl"}
ADAPTIVE, WINDOW = {"agree": 0.95}, {"agree": {"window": 5}}
VERDICTS = {"-": Verdict.failed("no answer"), "e": Verdict.error("broke"), "t": Verdict.skipped("truncated")}
worlds = st.text("aaaaaabbc-te", min_size=40, max_size=40)


def config(until: dict[str, Any], max_n: int = 40, **keys: Any) -> SampleConfig:
    return SampleConfig.model_validate({"engine": ENGINE, "until": until, "max_n": max_n, **keys})


def candidates(world: str) -> list[Candidate]:
    return [
        Candidate(
            str(at),
            at,
            Choice(f"{at}", "length" if letter == "t" else "stop"),
            VERDICTS.get(letter) or Verdict.skipped("extracted", extracted=letter),
        )
        for at, letter in enumerate(world)
    ]


def asked(plan: SampleConfig, world: str) -> list[int]:
    """The goals of a problem's rounds whose candidates turn out as `world` spells them."""
    goals = [0]
    while (further := next_goal(plan, candidates(world[: goals[-1]]))) > goals[-1]:
        goals.append(further)
    return goals[1:]


def one_by_one(world: str, enough: Any) -> int:
    """How many are asked for by whoever asks after each whether it is enough."""
    for count in range(1, len(world) + 1):
        if enough([letter for letter in world[:count] if letter not in "te"]):
            return count
    return len(world)


def is_sure(answers: list[str]) -> bool:
    """By the posterior of the two most frequent, where every `-` is an answer of its own."""
    counts = Counter(answers)
    strange = min(counts.pop("-", 0), 1)
    told = [count for _, count in counts.most_common(2)] + [0, 0]
    return told[0] > 0 and confidence(told[0], max(told[1], strange)) >= 0.95


def is_unanimous(answers: list[str]) -> bool:
    """The last window, where one has just been filled."""
    last = answers[-5:]
    return len(answers) % 5 == 0 and len(last) == 5 and len(set(last)) == 1 and last[0] != "-"


@given(worlds)
def test_rounds_stop_where_asking_one_by_one_would(world: str) -> None:
    assert asked(config(ADAPTIVE), world)[-1] == one_by_one(world, is_sure)
    assert asked(config(WINDOW), world)[-1] == one_by_one(world, is_unanimous)


@given(worlds, st.sampled_from([ADAPTIVE, WINDOW]), st.integers(0, 40))
def test_what_lies_beyond_the_goal_changes_nothing(world: str, until: dict[str, Any], cut: int) -> None:
    """A killed run may have any of a round; it fills it, and decides by the first so many."""
    goals = asked(config(until), world)
    other = world[: goals[-1]] + world[goals[-1] :][::-1]
    assert asked(config(until), other) == goals
    assert asked(config(until, max_n=max(5, cut)), world)[-1] == min(goals[-1], max(5, cut))


@given(st.integers(0, 12), st.integers(0, 12))
def test_confidence_is_the_posterior(first: int, second: int) -> None:
    """The share of the first has the density of Beta(first + 1, second + 1): integrated by Simpson's rule."""
    steps = 400
    norm = (first + second + 1) * comb(first + second, first)
    points = [0.5 + at / (2 * steps) for at in range(steps + 1)]
    heights = [norm * x**first * (1 - x) ** second for x in points]
    area = heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2])
    assert confidence(first, second) == pytest.approx(area / (6 * steps), abs=1e-6)


def test_rounds_are_as_large_as_could_be_enough() -> None:
    assert asked(config(ADAPTIVE), "a" * 40) == [4]
    assert asked(config(ADAPTIVE), "aaab" + "a" * 36) == [4, 7]
    assert asked(config(WINDOW), "aaaab" + "a" * 35) == [5, 10]
    assert asked(config(WINDOW), "tttaaaaa" + "b" * 32) == [5, 8]
    assert asked(config(ADAPTIVE), "-" * 40)[-1] == 40
    assert asked(config({"agree": {"window": 40}}), "a" * 40) == [40]


def test_equal_answers_are_one_and_what_was_cut_is_known_by_its_text() -> None:
    long = "x" * 300
    said = [("1", "0.5"), ("2", "1/2"), (long + "a", long + "a"), (long + "b", long + "b"), ("3", " ")]
    found = answers_of(
        Candidate(str(at), at, Choice(text), Verdict.passed(extracted=extracted))
        for at, (text, extracted) in enumerate(said)
    )
    assert found[0] == found[1] and found[2] != found[3] and found[4] is None


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"until": {"agree": 0.95}}, "`until` needs `max_n`"),
        ({"until": {"agree": 0.95, "pass": 1}, "max_n": 9}, "`agree` stands alone"),
        ({"until": {"agree": 0.5}, "max_n": 9}, "greater than 0.5"),
        ({"until": {"agree": "high"}, "max_n": 9}, r"expected a confidence.*\{window: 5\}"),
        ({"until": {"agree": {}}, "max_n": 9}, "give either a confidence"),
        ({"until": {"agree": {"window": 5, "confidence": 0.9}}, "max_n": 9}, "give either a confidence"),
        ({"until": {"agree": {"window": 5}}, "max_n": 4}, "raise it to at least 5"),
        ({"until": {"agree": 0.95}, "max_n": 2000}, "at most 1000"),
        ({"until": {"agree": 0.95}, "max_n": 9, "target": {"rows": 3}}, "`target` counts rows by"),
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        SampleConfig.model_validate({"engine": ENGINE, **keys})


def test_a_budget_asks_in_turn() -> None:
    assert not config(ADAPTIVE, budget={"tokens": 9}).allocates


def write_world(folder: Path, count: int, n: int) -> Path:
    """Problems without references, each with a favourite answer of its own, given with a rate of its own."""
    dice = random.Random(3)
    rows, said = [], []
    for at in range(count):
        rate = dice.uniform(0.3, 1.0)
        answers = [at if dice.random() < rate else dice.randint(0, 5) for _ in range(n)]
        rows.append({"id": str(at), "q": f"question {at}"})
        said.append(
            {"id": str(at), "completions": [f"{one}: it is {told}" for one, told in enumerate(answers)]}
        )
    write_jsonl(folder / "problems.jsonl", rows)
    write_jsonl(folder / "candidates.jsonl", said)
    source = {"type": "jsonl", "path": str(folder / "problems.jsonl"), "id": "id", "prompt": "q"}
    engine = {"type": "replay", "path": str(folder / "candidates.jsonl")}
    sample = {"engine": engine, "until": ADAPTIVE, "max_n": n}
    return write_recipe(folder, source=source, sample=sample, verify={"type": "answer", "kind": "number"})


def test_a_run_without_references_stops_where_answers_agree(tmp_path: Path) -> None:
    write_world(tmp_path, count=20, n=24)
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    verdicts = ledger.scan("verdicts").select("completion", "status", "extracted").collect()
    assert set(verdicts["status"]) == {"skip"} and verdicts["extracted"].null_count() == 0
    counts = ledger.scan("completions").group_by("problem").len().collect()["len"]
    assert counts.min() == 4 and 4 < counts.mean() < 24
    assert "20 problems" in done.stdout and "answers that nobody judged" in done.stdout
    assert "pass@1" not in done.stdout
    sampled = counts.sum()
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    assert ledger.scan("completions").collect().height == sampled
    more = winnow("run", "recipe.yaml", "--set", "sample.until.agree=0.99", cwd=tmp_path)
    assert more.returncode == 0 and ledger.scan("completions").collect().height > sampled


def test_an_estimate_tells_how_many_agree(tmp_path: Path) -> None:
    write_world(tmp_path, count=40, n=24)
    told = winnow("estimate", "recipe.yaml", "--problems", "20", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    (line,) = [line for line in told.stdout.splitlines() if "problems that agree" in line]
    middle, low, high = map(int, re.findall(r"\d+", line))
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    completions = Ledger(tmp_path / "runs/sums/ledger").scan("completions")
    counts = completions.group_by("problem").len().collect()["len"]
    assert len(counts) == 40 and low < middle < high and low <= (counts < 24).sum() <= high
    manifest = json.loads((tmp_path / "runs/sums/manifest.json").read_text())
    assert manifest["recipe"]["sample"]["until"] == {"agree": {"confidence": 0.95}}
