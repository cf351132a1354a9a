"""A run that may not ask everybody: the target, money, time, and kills in between."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import winnow
from support.fingerprints import keys
from support.killing import start_winnow
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums

from winnow.steps.ledger import Ledger

TESTS = str(Path(__file__).parents[1])
CONCURRENCY = 16
UNTIL = {"until": {"pass": 3, "fail": 2}, "max_n": 12}


def sample(url: str, **more: Any) -> dict[str, Any]:
    engine = {
        "type": "endpoint",
        "base_url": url,
        "model": "m",
        "concurrency": CONCURRENCY,
        "prices": {"input": 2.0, "output": 10.0},
    }
    return {"engine": engine, "max_tokens": 64, **UNTIL, **more}


def completions(folder: Path) -> pl.DataFrame:
    return Ledger(folder / "runs/sums/ledger").scan("completions").collect()


def kept(folder: Path) -> int:
    """Counted anew: different texts, at most 3 that passed and 2 that failed of a problem."""
    ledger = Ledger(folder / "runs/sums/ledger")
    rows = ledger.scan("verdicts").join(ledger.scan("completions"), left_on="completion", right_on="id")
    texts = (
        rows.filter(pl.col("finish_reason") == "stop").select("problem", "status", "text").unique().collect()
    )
    counts = Counter(texts.select("problem", "status").iter_rows())
    return sum(min(count, {"pass": 3, "fail": 2}.get(status, 0)) for (_, status), count in counts.items())


def test_a_target_that_is_reached(tmp_path: Path) -> None:
    """Asking ends with it, and what is there counts when the run goes on."""
    with OpenAIServer(Script(latency=0.01, spread=0.5)) as server:
        write_sums(tmp_path, count=200, sample=sample(server.url, target={"rows": 120}))
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert 120 <= kept(tmp_path) < 120 + CONCURRENCY
        assert completions(tmp_path).height < 200
        asked = len(server.sampled)
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
        assert len(server.sampled) == asked
        more = winnow("run", "recipe.yaml", "--set", "sample.target.rows=400", cwd=tmp_path)
        assert more.returncode == 0, more.stderr
        assert 400 <= kept(tmp_path) < 400 + CONCURRENCY


def test_a_target_that_is_missed(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, count=3, sample=sample(server.url, target={"rows": 1000}))
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "the target of 1,000 rows was missed" in done.stderr


@pytest.mark.parametrize(
    ("budget", "told"), [({"money": 0.01}, "0.01 money"), ({"seconds": 1.5}, "1.5 seconds")]
)
def test_money_and_time(tmp_path: Path, budget: dict[str, float], told: str) -> None:
    with OpenAIServer(Script(latency=0.05)) as server:
        write_sums(tmp_path, count=300, sample=sample(server.url, budget=budget))
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 4, done.stderr
        assert told in done.stderr
        asked = len(server.sampled)
        assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 4
        assert len(server.sampled) == asked
    rows = completions(tmp_path)
    paid = (rows["prompt_tokens"] * 2.0 + rows["completion_tokens"] * 10.0).sum() / 1e6
    assert rows["cost"].sum() == pytest.approx(paid)
    if "money" in budget:
        dearest = 16 * (11 * 2.0 + 64 * 10.0) / 1e6
        assert budget["money"] <= paid < budget["money"] + dearest
        assert f"{round(paid, 6):,}" in winnow("status", "sums", cwd=tmp_path).stdout


def test_killed_and_resumed(tmp_path: Path) -> None:
    """What the ledger held is not asked for again, whoever comes first then; the budget is of all runs."""
    dice, budget = random.Random(3), 6000
    with OpenAIServer(Script(latency=0.1, spread=0.7, faults=0.1, seed=5)) as server:
        write_sums(tmp_path, count=80, sample=sample(server.url, budget={"tokens": budget}))
        held: set[tuple[str, int]] = set()
        seen = 0
        for kill in range(7):
            process = start_winnow("run", "recipe.yaml", cwd=tmp_path)
            process.join(dice.uniform(0.3, 2.5) if kill < 6 else 600)
            code = process.exitcode
            process.kill()
            process.join()
            asked = {
                (body["messages"][-1]["content"], body["seed"] + at)
                for body in server.seen[seen:]
                if body["max_tokens"] > 1
                for at in range(body.get("n") or 1)
            }
            assert not asked & held
            seen = len(server.seen)
            ledger = Ledger(tmp_path / "runs/sums/ledger")
            prompts = ledger.scan("problems").select("prompt", problem="id")
            rows = ledger.scan("completions").select("problem", "seed").join(prompts, on="problem")
            contents = pl.col("prompt").str.json_path_match("$[0].content")
            held = set(rows.select(contents, "seed").collect().iter_rows())
    assert code == 4, (tmp_path / "output.txt").read_text()
    rows = completions(tmp_path)
    spent = int((rows["prompt_tokens"] + rows["completion_tokens"]).sum())
    assert budget <= spent < budget + CONCURRENCY * (11 + 64)
    assert all(len(ids) == len(set(ids)) for ids in keys(tmp_path / "runs/sums").values())


def test_steps_after_sampling_see_the_texts(tmp_path: Path) -> None:
    """A group that waited has forgotten them, and gets them back."""
    with OpenAIServer(Script()) as server:
        parameters = {"path": str(tmp_path / "seen.txt")}
        steps = [{"step": "support.foreign_steps:Empty", "parameters": parameters}]
        write_sums(tmp_path, count=20, sample=sample(server.url, target={"rows": 90}), steps=steps)
        done = winnow("run", "recipe.yaml", cwd=tmp_path, env={"PYTHONPATH": TESTS})
    assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen.txt").read_text().split()
    assert len(seen) >= 10
    assert set(seen) == {"0"}
