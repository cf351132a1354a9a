"""A budget that a judge passes, dearer than what it judges: told, kept, and gone on from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.command import winnow
from support.judges import COST, TOKENS, JudgeServer
from support.killing import start_winnow
from support.openai_server import OpenAIServer
from support.recipes import write_sums
from support.waiting import wait_until

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent


def run(folder: Path, money: float, code: int) -> str:
    done = winnow("run", "recipe.yaml", "--set", f"sample.budget.money={money}", cwd=folder)
    assert done.returncode == code, done.stderr
    return " ".join(done.stderr.split())


def told(folder: Path, *command: str, code: int = 0) -> dict[str, str]:
    """What a command says, by the first words of its lines."""
    done = winnow(*command, cwd=folder)
    assert done.returncode == code, done.stderr
    lines = [line.strip().rpartition("  ") for line in done.stdout.splitlines()]
    return {name.strip(): value for name, _, value in lines}


def test_a_budget_of_money_that_the_judge_passes(tmp_path: Path) -> None:
    """Five judgements are paid for, then ten though the run is killed between, then all: none twice."""
    ledger = Ledger(tmp_path / "runs/sums/ledger")

    def heights(*tables: str) -> list[int]:
        return [ledger.height(table) for table in tables]

    with OpenAIServer() as server, JudgeServer() as judge:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        priced: dict[str, Any] = {**engine, "prices": {"input": 0.0, "output": 1.0}}
        sample = {"engine": priced, "n": 1, "budget": {"money": 5 * COST}}
        write_sums(tmp_path, count=20, sample=sample, score={"type": "judge", "engine": judge.engine()})
        said = run(tmp_path, 5 * COST, 4)
        assert judge.judged == 5 and heights("judgements", "rewards") == [5, 5]
        owed = ledger.height("completions") - 5
        assert f"and {owed} rewards of judges are owed: raise sample.budget" in said

        judge.most = 10
        more = f"sample.budget.money={15 * COST}"
        process = start_winnow("run", "recipe.yaml", "--set", more, cwd=tmp_path)
        wait_until(lambda: heights("judgements", "rewards") == [10, 10])
        process.kill()
        process.join()
        judge.most = 1_000
        run(tmp_path, 15 * COST, 4)  # what the killed one paid for is counted, and once
        assert judge.judged == 15 and heights("judgements", "rewards") == [15, 15]
        check = told(tmp_path, "run", "recipe.yaml", "--check", "--set", "sample.budget.money=1", code=5)
        assert check["to score"] == "5" and float(check["cost"].split()[-1]) == pytest.approx(5 * COST)
        run(tmp_path, 1, 0)
    assert (judge.judged, len(server.sampled)) == (20, 20)
    assert heights("judgements", "rewards", "completions") == [20, 20, 20]
    paid = spent(ledger)
    assert paid.judge_tokens == 20 * TOKENS < paid.tokens
    assert paid.judge_money == pytest.approx(20 * COST) and paid.judge_money < paid.money
    status = told(tmp_path, "status", "sums")
    assert status["cost"] == f"{round(paid.money, 6):,}" and status["cost of judges"] == "0.4"
    assert status["tokens of judges"] == f"{20 * TOKENS:,}"
    counts = json.loads((tmp_path / "runs/sums/manifest.json").read_text())["counts"]
    assert counts["cost"] == round(paid.money, 6) and counts["cost of judges"] == 0.4
