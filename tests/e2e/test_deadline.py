"""`--deadline`: the run is over in time, with what it has built; the next one goes on."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.command import winnow
from support.fingerprints import asked, keys
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.deadline import Deadline, deadline_of, keep
from winnow.pipelines.recipe import load_recipe
from winnow.steps.engine.counters import Counters
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.errors import UsageError
from winnow.steps.stage import Context, Halt

SECONDS = 6.0


class FromTheFirstAnswer(Deadline):
    """A machine that is busy may take long to begin."""

    __slots__ = ("server",)
    server: OpenAIServer

    @property
    def left(self) -> float:
        if not self.server.sampled:
            object.__setattr__(self, "at", time.monotonic() + SECONDS)
        return self.at - time.monotonic()


def test_a_run_that_would_take_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("winnow.pipelines.deadline._REQUESTS", 10.0)  # a busy machine's are of any length
    with OpenAIServer(Script(latency=0.3)) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "concurrency": 4}
        publish = {"to": str(tmp_path / "out")}
        write_sums(tmp_path, count=2000, sample={"engine": engine, "n": 4}, publish=publish)
        recipe = load_recipe(tmp_path / "recipe.yaml")
        deadline = FromTheFirstAnswer(0.0, "soon")
        object.__setattr__(deadline, "server", server)
        assert run_recipe(recipe, tmp_path / "runs", deadline=deadline) == 124
        assert "the deadline came first" in capsys.readouterr().err
        held = keys(tmp_path / "runs/sums")["completions"]
        assert 0 < len(held) == 4 * len(server.sampled)  # all came home
        assert (tmp_path / "runs/sums/datasets/sft").is_dir()
        assert not (tmp_path / "out").exists()
        server.script.latency = 0.0
        write_sums(tmp_path, count=20, sample={"engine": engine, "n": 4})
        assert winnow("run", "recipe.yaml", "--deadline", "1h", cwd=tmp_path).returncode == 0
    assert set(asked(tmp_path / "runs/sums")["len"].to_list()) == {4}


async def test_a_server_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A build has its time; what has not come home by then is given up."""
    now, turn = 100.0, asyncio.sleep

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds
        await turn(0)

    monkeypatch.setattr("winnow.pipelines.deadline.time", SimpleNamespace(monotonic=lambda: now))
    monkeypatch.setattr("winnow.pipelines.deadline.asyncio", SimpleNamespace(sleep=sleep))
    context, deadline = Context(), Deadline(now + 2.8, "soon")
    context.standings = lambda: [ServerStanding("s", True, 1, 1, Counters(answered=2, seconds=0.4))]
    left: list[float] = []
    keeping = asyncio.create_task(keep(deadline, context, 10_000, lambda: left.append(deadline.left)))
    await asyncio.sleep(0)
    assert context.halt is None
    await keeping
    assert context.halt is Halt.DEADLINE
    assert left == [pytest.approx(deadline.build(10_000))]


@pytest.mark.parametrize("told", ["", "2", "h", "25:00", "7:3", "-1s", "2h 3m"])
def test_what_is_no_deadline(told: str) -> None:
    with pytest.raises(UsageError, match="expected a span"):
        deadline_of(told)
