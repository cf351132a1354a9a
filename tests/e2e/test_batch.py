"""`type: batch` from the command: to its end, within a budget, interrupted, and killed where it matters."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.batch_server import BatchScript, BatchServer
from support.chaos import finish
from support.command import start, winnow
from support.fingerprints import asked, keys, outcomes
from support.killing import start_winnow
from support.recipes import write_sums
from support.waiting import wait_until

from winnow.pipelines.belongings import belongings_of
from winnow.steps.ledger import Ledger

UNTIL = {"until": {"pass": 3, "fail": 3}, "max_n": 12}
PRICES = {"input": 0.2, "output": 0.8}


def write(folder: Path, url: str, count: int = 30, sample: dict[str, Any] | None = None, **more: Any) -> None:
    engine = {"type": "batch", "base_url": url, "model": "m", "gather": 0.3, "poll": 0.1, **more}
    folder.mkdir(exist_ok=True)
    parts = {
        "engine": {**engine, "prices": PRICES},
        "max_tokens": 64,
        **(UNTIL if sample is None else sample),
    }
    write_sums(folder, count=count, sample=parts)


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    return winnow("run", "recipe.yaml", cwd=folder)


def completions(folder: Path) -> pl.DataFrame:
    return Ledger(folder / "runs/sums/ledger").scan("completions").collect()


def known(folder: Path) -> int:
    """Batches of which the run has heard that they were made."""
    records = [path.read_bytes() for path in (folder / "runs/sums/batches").glob("*.json")]
    return sum(json.loads(told)["batch"] is not None for told in records)


def test_to_the_end(tmp_path: Path) -> None:
    """Rounds are batches, the datasets are built, and the cost is what the provider would count."""
    with BatchServer(BatchScript(took=0.2)) as server:
        write(tmp_path, server.url)
        done = run(tmp_path)
        assert done.returncode == 0, done.stderr
        assert pl.read_parquet(tmp_path / "runs/sums/datasets/sft/*.parquet").height > 0
        assert 2 <= len(server.batches) < len(server.asked) / 3  # 30 problems, some in many rounds
        assert server.files == {}
        rows = completions(tmp_path)
        paid = (rows["prompt_tokens"] * 0.2 + rows["completion_tokens"] * 0.8).sum() / 1e6
        assert rows["cost"].sum() == pytest.approx(paid)
        assert f"{paid:.4g} spent" in done.stderr
        assert rows.height == sum(body.get("n", 1) for _, body in server.asked)
        assert rows["latency"].min() > 0.0  # as we saw it, from its making on
        assert list((tmp_path / "runs/sums/batches").iterdir()) == []
        assert belongings_of(tmp_path / "runs/sums").strange is None
        before = len(server.batches)
        assert run(tmp_path).returncode == 0
        assert len(server.batches) == before


def test_more_groups_than_any_other_engine_has_at_once(tmp_path: Path) -> None:
    with BatchServer(BatchScript(took=0.2)) as server:
        write(tmp_path, server.url, count=700, sample={"n": 2}, gather=3.0)
        done = run(tmp_path)
        assert done.returncode == 0, done.stderr
        assert [one["total"] for one in server.batches.values()] == [700]


def test_no_more_than_concurrency_is_owed(tmp_path: Path) -> None:
    with BatchServer(BatchScript(took=0.2)) as server:
        write(tmp_path, server.url, count=50, sample={"n": 2}, concurrency=40)
        assert run(tmp_path).returncode == 0
        assert max(one["total"] for one in server.batches.values()) <= 20
    assert asked(tmp_path / "runs/sums")["len"].to_list() == [2] * 50


def test_batches_that_expire_and_lines_that_fail(tmp_path: Path) -> None:
    """In the end there is what an undisturbed run has."""
    calm, rough = tmp_path / "calm", tmp_path / "rough"
    with BatchServer() as server:
        write(calm, server.url)
        assert run(calm).returncode == 0
    script = BatchScript(
        endings=("expired", "cancelled", "completed", "expired"), broken=0.2, cuts=0.1, seed=2
    )
    with BatchServer(script) as server:
        write(rough, server.url, retries=20)
        done = run(rough)
        assert done.returncode == 0, done.stderr
        assert max(server.paid.values()) == 1
    assert keys(rough / "runs/sums") == keys(calm / "runs/sums")
    assert outcomes(rough / "runs/sums") == outcomes(calm / "runs/sums")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with BatchServer(BatchScript(most_requests=5)) as server:
        write(tmp_path, server.url)
        done = run(tmp_path)
    assert done.returncode == 3
    assert "too many requests" in done.stderr
    assert "max_requests" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("budget", "price"),
    [({"tokens": 6000}, (1, 1)), ({"money": 0.004}, (0.2e-6, 0.8e-6))],
    ids=["tokens", "money"],
)
@pytest.mark.parametrize("plan", [UNTIL, {"n": 4}], ids=["until", "n"])
def test_a_budget(
    tmp_path: Path, budget: dict[str, float], price: tuple[float, float], plan: dict[str, Any]
) -> None:
    """What is in flight is bounded by what is left, so that it is spent and hardly more, in a few batches."""
    (limit,) = budget.values()
    with BatchServer() as server:
        write(tmp_path, server.url, count=300, sample={**plan, "budget": budget})
        done = run(tmp_path)
        assert done.returncode == 4, done.stderr
        rows = completions(tmp_path)
        spent = (rows["prompt_tokens"] * price[0] + rows["completion_tokens"] * price[1]).sum()
        assert limit <= spent < 1.1 * limit
        assert len(server.batches) < 25
        assert rows.height == sum(body.get("n", 1) for _, body in server.asked)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    """It waits for no batch; they stay with the provider, are told of, and are fetched by the next run."""
    with BatchServer(BatchScript(took=600.0)) as server:
        write(tmp_path, server.url, max_requests=10, gather=60.0)  # each is full at once
        process = start("run", "recipe.yaml", cwd=tmp_path, stderr=subprocess.PIPE)
        wait_until(lambda: known(tmp_path) == 3)
        process.send_signal(number)
        _, told = process.communicate(timeout=120)
        assert process.returncode == 130, told
        assert server.out == len(server.batches) == 3
        told = " ".join(told.split())
        assert "stopping: batches stay with the provider" in told
        assert "Batches that stay with the provider, and are fetched then: 3." in told
        assert completions(tmp_path).height == 0
        status = winnow("status", "sums", cwd=tmp_path).stdout
        assert "batches out" in status
        assert "stopped: interrupted" in status
        server.script.took = 0.0
        write(tmp_path, server.url, max_requests=10)
        done = run(tmp_path)
        assert done.returncode == 0, done.stderr
        assert set(server.paid.values()) == {1}
        assert "batches out" not in winnow("status", "sums", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("step", "fault"),
    [("upload", "hold"), ("create", "late"), ("create", "hold"), ("look", "hold"), ("output", "hold")],
)
def test_killed_in_the_middle_of_a_step(tmp_path: Path, step: str, fault: str) -> None:
    """SIGKILL while the provider has heard what we ask, and we have not heard its answer."""
    with BatchServer(BatchScript(steps={step: (fault,)})) as server:
        write(tmp_path, server.url, sample={"n": 4})
        process = start_winnow("run", "recipe.yaml", cwd=tmp_path)
        wait_until(lambda: server.steps[step] == 1)
        time.sleep(0.2)
        process.kill()
        process.join()
        finish(tmp_path)
        time.sleep(1.0 if fault == "late" else 0.0)
        assert set(server.paid.values()) == {1}
        assert len(server.asked) == 30
        assert len(server.files) == (1 if step == "upload" else 0)
    assert asked(tmp_path / "runs/sums")["len"].to_list() == [4] * 30
    assert list((tmp_path / "runs/sums/batches").iterdir()) == []


def test_a_budget_over_kills(tmp_path: Path) -> None:
    """What was in flight at a kill counts when it is fetched, before anything else is asked for."""
    budget = 10_000
    with BatchServer(BatchScript(took=0.3)) as server:
        write(
            tmp_path, server.url, count=200, sample={**UNTIL, "budget": {"tokens": budget}}, max_requests=20
        )
        for batches in (1, 3, 6, 9, 12):
            process = start_winnow("run", "recipe.yaml", cwd=tmp_path)
            while len(server.batches) < batches and process.is_alive():
                time.sleep(0.02)
            time.sleep(0.1)
            process.kill()
            process.join()
        done = run(tmp_path)
        assert done.returncode == 4, done.stderr
        assert set(server.paid.values()) == {1}
        rows = completions(tmp_path)
        assert rows.height == sum(body.get("n", 1) for _, body in server.asked)
    spent = (rows["prompt_tokens"] + rows["completion_tokens"]).sum()
    assert budget <= spent < 1.1 * budget
