"""The driver, with real workers in its process: what they sample, what they share, what a loss costs."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from support.crews import Crew, run_locally, run_with
from support.fingerprints import keys, outcomes
from support.judges import COST, TOKENS, JudgeServer
from support.recipes import replayed, write_jsonl, write_sums

from winnow.pipelines.progress import Progress
from winnow.pipelines.ray.runner import RayRunner
from winnow.pipelines.ray.shares import Shares
from winnow.pipelines.ray.wire import Took
from winnow.pipelines.ray.worker import Worker
from winnow.pipelines.recipe import load_recipe
from winnow.steps.engine.recording import Replay
from winnow.steps.errors import MissingError
from winnow.steps.ledger import Ledger, LedgerWriter
from winnow.steps.ledger.schema import GROUP_DONE
from winnow.steps.records import Problem
from winnow.steps.stage import Context, Halt

UNTIL = {"until": {"pass": 2, "fail": 2}, "max_n": 8}


def recipe_of(folder: Path, count: int = 60, **sample: Any) -> Path:
    engine = {"type": "replay", "path": str(folder / "candidates.jsonl"), "concurrency": 8}
    return write_sums(folder, count=count, n=12, sample={"engine": engine, **(sample or UNTIL)})


def done(folder: Path) -> list[str]:
    events = Ledger(folder / "ledger").scan("events").filter(pl.col("kind") == GROUP_DONE)
    return sorted(events.select("subject").collect()["subject"])


def test_the_ledger_is_that_of_the_local_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_of(tmp_path)
    run_locally(recipe, tmp_path / "local")
    sample = Replay.sample

    async def slow(replay: Replay, problem: Problem, way: Any, start: int, n: int) -> Any:
        await asyncio.sleep(0.05)  # the first to be ready leaves something for the others
        return await sample(replay, problem, way, start, n)

    monkeypatch.setattr(Replay, "sample", slow)
    crew = Crew()
    context = run_with(crew, recipe, tmp_path / "ray")
    assert keys(tmp_path / "ray") == keys(tmp_path / "local")
    assert outcomes(tmp_path / "ray") == outcomes(tmp_path / "local")
    assert done(tmp_path / "ray") == done(tmp_path / "local")
    assert context.counts["completions"] == 240 and context.counts["pass"] == 120
    assert all(any(took.ended for took in one.told) for one in crew.hands)  # each had a part
    crew = Crew()
    run_with(crew, recipe, tmp_path / "ray")  # nothing is owed: nobody is hired
    assert not crew.hands and len(done(tmp_path / "ray")) == 60


def test_a_loss_costs_what_was_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers are lost with rows that nobody was told of: these alone are asked for again."""
    recipe = recipe_of(tmp_path, until={"pass": 4, "fail": 4}, max_n=12)
    asked, known = list[tuple[str, int, bool]](), set[tuple[str, int]]()
    sample = Replay.sample

    async def counted(replay: Replay, problem: Problem, way: Any, start: int, n: int) -> Any:
        asked.extend((problem.id, index, (problem.id, index) in known) for index in range(start, start + n))
        await asyncio.sleep(0.1)
        return await sample(replay, problem, way, start, n)

    def dies(number: int, took: Took) -> bool:
        if crew.lost == 2 or not any(table == "completions" for table, _ in took.rows):
            return False
        rows = Ledger(tmp_path / "ray/ledger").scan("completions").select("problem", "index").collect().rows()
        known.update(rows)
        return bool(rows)

    monkeypatch.setattr(Replay, "sample", counted)
    monkeypatch.setitem(LedgerWriter.__init__.__kwdefaults__, "seconds", 0.1)
    crew = Crew(dies=dies)
    run_with(crew, recipe, tmp_path / "ray")
    assert crew.lost == 2 and known
    again = len(asked) - len({(problem, index) for problem, index, _ in asked})
    assert 0 < again <= crew.lost * (8 + 8) * 4  # what a worker has in flight, and in its inbox
    assert not [one for one in asked if one[2]]
    monkeypatch.undo()
    run_locally(recipe, tmp_path / "local")
    assert keys(tmp_path / "ray") == keys(tmp_path / "local")
    lost = Ledger(tmp_path / "ray/ledger").scan("events").filter(pl.col("kind") == "worker_lost")
    assert lost.collect().height == crew.lost


@pytest.mark.parametrize(
    ("limits", "halt"),
    [({"target": {"rows": 60}}, Halt.TARGET), ({"budget": {"tokens": 600}}, Halt.BUDGET)],
)
def test_a_limit_is_everybodys(tmp_path: Path, limits: dict[str, Any], halt: Halt) -> None:
    recipe = recipe_of(tmp_path, count=100, **UNTIL, **limits)
    rows = replayed(100, 12)
    for row in rows:
        row["completions"] = [{"text": text, "tokens": 5} for text in row["completions"]]
    write_jsonl(tmp_path / "candidates.jsonl", rows)
    context = run_with(Crew(), recipe, tmp_path / "ray")
    assert context.halt is halt
    found = outcomes(tmp_path / "ray")
    if halt is Halt.TARGET:
        assert context.rows is not None and 60 <= context.rows <= 72
        assert len(found) <= 80
    else:  # and what was in flight: 8 at each of three
        assert 600 <= context.spent.tokens <= 600 + 3 * 8 * 5
        assert len(found) * 5 == context.spent.tokens


def test_a_budget_of_which_no_share_is_left_is_spent(tmp_path: Path) -> None:
    """By another order of the sum some of it is left, 1.4e-17: whoever waits for a share would for ever."""
    money, context = sum([0.07, 0.01, 0.01, 0.01]), Context(run="r")
    assert money < 0.1 == 0.07 + 0.03
    recipe = load_recipe(recipe_of(tmp_path, 4, n=4, budget={"money": 0.1}))
    ledger, progress = Ledger(tmp_path / "ledger"), Progress(context, None)
    runner = RayRunner(recipe, ledger, context, progress, lambda told: None, join=lambda: nullcontext(Crew()))
    context.spent.money = money
    runner._money = Shares(0.1, 0.07)
    runner._money.had_by("one", 0.03)
    runner._see_limits()
    assert context.halt is Halt.BUDGET


def test_a_budget_that_suffices_ends_no_run_early_nor_late(tmp_path: Path) -> None:
    """Where the source has no more, workers ask those again that promise less than a new one would."""
    context = run_with(Crew(), recipe_of(tmp_path, 12, **UNTIL, budget={"tokens": 10**6}), tmp_path / "ray")
    assert context.halt is None and len(done(tmp_path / "ray")) == 12


@pytest.mark.parametrize("asked", [{"n": 4}, {**UNTIL, "target": {"rows": 6}}])
def test_what_judges_take_is_everybodys(tmp_path: Path, asked: dict[str, Any]) -> None:
    """Also where the target is reached, and nothing but judging is left."""
    with JudgeServer() as judge:
        budget = 3 * TOKENS
        recipe = recipe_of(tmp_path, count=30, **asked, budget={"tokens": budget})
        told = yaml.safe_load(recipe.read_text())
        recipe.write_text(yaml.safe_dump({**told, "score": {"type": "judge", "engine": judge.engine()}}))
        context = run_with(Crew(), recipe, tmp_path / "ray")
    spent, ledger = context.spent, Ledger(tmp_path / "ray/ledger")
    assert budget <= spent.judge_tokens == spent.tokens <= budget + 3 * TOKENS  # one in flight each
    assert spent.judge_tokens == TOKENS * judge.judged == TOKENS * ledger.height("judgements")
    assert spent.judge_money == pytest.approx(COST * judge.judged)
    assert ledger.height("completions") == ledger.height("rewards") + context.counts["unpaid"]
    assert len(done(tmp_path / "ray")) < 30


def test_where_every_worker_is_lost_the_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.pipelines.ray.runner._LOOK", 0.01)
    crew = Crew(size=1, dies=lambda number, took: True)
    with pytest.raises(BaseExceptionGroup) as broken:
        run_with(crew, recipe_of(tmp_path), tmp_path / "ray")
    assert broken.group_contains(MissingError, match="workers were lost, one after another.*killed")
    assert crew.lost == 4


def test_a_worker_with_other_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its verdicts would be another verifier's, which nobody looks for."""
    monkeypatch.setattr("winnow.pipelines.ray.worker.plan_key", lambda *_: "another")
    with pytest.raises(BaseExceptionGroup) as broken:
        run_with(Crew(), recipe_of(tmp_path), tmp_path / "ray")
    assert broken.group_contains(MissingError, match="would judge by other code than the driver")


def test_what_a_worker_cannot_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def missing(worker: Worker) -> None:
        raise MissingError("'vllm' is not a command here")

    monkeypatch.setattr(Worker, "_start", missing)
    with pytest.raises(BaseExceptionGroup) as broken:
        run_with(Crew(), recipe_of(tmp_path), tmp_path / "ray")
    assert broken.group_contains(MissingError, match="'vllm' is not a command here")
