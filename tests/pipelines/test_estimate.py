"""An estimate from a few problems is near what the run then takes; the run pays nothing twice."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import polars as pl
import pytest
from support.judges import COST, TOKENS, JudgeServer
from support.openai_server import OpenAIServer, Script
from support.recipes import write_jsonl, write_sums

from winnow.pipelines import estimate
from winnow.pipelines.begin import run_recipe
from winnow.pipelines.recipe import load_recipe
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.records import Candidate, Choice
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.projection import Limits, Range, project
from winnow.verifiers.verdict import Verdict

RECIPE = """\
name: sums
source: {{type: jsonl, path: {folder}/problems.jsonl, id: id, prompt: q, reference: {{answer: a}}}}
sample:
  engine: {{type: replay, path: {folder}/candidates.jsonl, prices: {{input: 1.0, output: 2.0}}}}
  seed: {seed}
  until: {{pass: 2, fail: 2}}
  max_n: 16
{more}
verify: {{type: number}}
"""


def write(folder: Path, seed: int, more: str = "") -> Path:
    """80 problems in families, as the demo has them: some long, some hard."""
    dice = random.Random(seed)
    problems, answers = [], []
    for at in range(80):
        family = at // 10
        rate = min(0.95, max(0.02, dice.gauss(0.2 + 0.08 * family, 0.2)))
        length = 8 * (1 + family % 4)
        problems.append({"id": str(at), "q": f"What is {at} + {at}?", "a": str(2 * at)})
        said = [
            {
                "text": f"try {one}: {2 * at + (dice.random() >= rate)}",
                "tokens": dice.randint(length // 2, length),
            }
            for one in range(16)
        ]
        answers.append({"id": str(at), "prompt_tokens": 30 + 10 * family, "completions": said})
    write_jsonl(folder / "problems.jsonl", problems)
    write_jsonl(folder / "candidates.jsonl", answers)
    recipe = folder / "recipe.yaml"
    recipe.write_text(RECIPE.format(folder=folder, seed=seed, more=more))
    return recipe


def rows(folder: Path, name: str) -> int:
    told = json.loads((folder / "sums/manifest.json").read_text())["build"]["files"]
    return sum(file["rows"] for file in told if file["path"].startswith(name))


def test_ten_seeded_replays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a quarter of tokens and of rows, in nine of ten; and nothing is paid again."""
    near = 0
    for seed in range(10):
        folder = tmp_path / str(seed)
        folder.mkdir()
        recipe = load_recipe(write(folder, seed))
        told: dict[str, Range] = {}
        monkeypatch.setattr(
            estimate, "project", lambda *given, told=told: told.update(project(*given)) or told
        )
        estimate.estimate_recipe(recipe, folder, 32)
        before = set(Ledger(folder / "sums/ledger").scan("completions").collect()["id"])
        assert len(before) > 100
        run_recipe(recipe, folder)
        ledger = Ledger(folder / "sums/ledger")
        after = ledger.scan("completions").collect()["id"]
        assert before < set(after) and len(after) == len(set(after))
        took = {
            "tokens": spent(ledger).tokens,
            "sft": rows(folder, "sft"),
            "preference": rows(folder, "preference"),
        }
        near += all(abs(told[name].middle / value - 1) <= 0.25 for name, value in took.items())
        assert told["money"].middle == pytest.approx(spent(ledger).money, rel=0.4)
    assert near >= 9


def test_a_target_bounds_the_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a target leaves out is not asked for, and the run then takes about as much."""
    recipe = load_recipe(write(tmp_path, 3, more="  target: {rows: 160}"))
    found: dict[str, Range] = {}
    monkeypatch.setattr(estimate, "project", lambda *given: found.update(project(*given)) or found)
    estimate.estimate_recipe(recipe, tmp_path / "estimated", 24)
    run_recipe(recipe, tmp_path / "fresh")
    assert found["kept"].middle == pytest.approx(160, rel=0.05)
    assert found["tokens"].middle == pytest.approx(
        spent(Ledger(tmp_path / "fresh/sums/ledger")).tokens, rel=0.4
    )


def test_rollouts_are_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Range] = {}
    monkeypatch.setattr(estimate, "project", lambda *given: found.update(project(*given)) or found)
    with OpenAIServer(Script(text="chain")) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        recipe = load_recipe(
            write_sums(tmp_path, 2, sample={"engine": engine, "n": 4}, label={"rollouts": 4})
        )
        estimate.estimate_recipe(recipe, tmp_path / "runs", 2)
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    assert ledger.height("rollouts")
    assert found["tokens"].middle == pytest.approx(spent(ledger).tokens, rel=0.5)
    assert found["tokens"].low <= spent(ledger).tokens <= found["tokens"].high


def test_judges_are_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The budget is played through, and not kept to."""
    with JudgeServer() as judge:
        engine = {"type": "replay", "path": str(tmp_path / "candidates.jsonl")}
        sample = {"engine": engine, "n": 4, "budget": {"tokens": TOKENS}}
        recipe = write_sums(tmp_path, 2, sample=sample, score={"type": "judge", "engine": judge.engine()})
        estimate.estimate_recipe(load_recipe(recipe), tmp_path / "runs", 2)
    assert judge.judged == 8 and spent(Ledger(tmp_path / "runs/sums/ledger")).judge_tokens == 8 * TOKENS
    told = re.findall(r"of judges\W+([\d.]+)", capsys.readouterr().out)
    assert told == [f"{8 * TOKENS}", f"{8 * COST:.4f}"]


def candidates(spelled: str) -> list[Candidate]:
    verdicts = {"p": Verdict.passed(), "f": Verdict.failed("no")}
    return [
        Candidate(str(at), at, Choice(str(at), tokens=10), verdicts[one]) for at, one in enumerate(spelled)
    ]


def test_a_projection_of_equal_problems_is_certain() -> None:
    config = SampleConfig.model_validate(
        {"engine": {"type": "replay", "path": "x"}, "until": {"pass": 2, "fail": 2}, "max_n": 16}
    )
    found = project([candidates("ppfff")] * 4, config, 1000, Limits(sft=1, preference=2))
    assert found["tokens"] == Range(50_000, 50_000, 50_000)
    assert (found["kept"].middle, found["sft"].middle, found["preference"].middle) == (4000, 1000, 2000)
    mixed = project([candidates("ppff"), candidates("f" * 16)], config, 1000, Limits(1, 1))
    assert mixed["tokens"].low < mixed["tokens"].middle < mixed["tokens"].high


def test_the_ledger_has_no_departures_after_an_estimate(tmp_path: Path) -> None:
    recipe = load_recipe(write(tmp_path, 0))
    estimate.estimate_recipe(recipe, tmp_path, 4)
    kinds = Ledger(tmp_path / "sums/ledger").scan("events").select("kind").collect()["kind"]
    assert not kinds.filter(kinds.str.contains("source")).len()
    assert Ledger(tmp_path / "sums/ledger").scan("problems").select(pl.len()).collect().item() == 4
