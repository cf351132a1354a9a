"""A beam search on the embedded model, led by a judge on it: killed, resumed, and nothing asked twice."""

from __future__ import annotations

import asyncio
import json
import math
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from support.killing import FORKS, run_command
from support.recipes import write_sums
from support.waiting import wait_until

from winnow.steps.ledger import Ledger

ENGINE = {"type": "llamacpp", "slots": 4, "context": 512}
SEARCH = {"type": "beam", "n": 2, "width": 2, "depth": 3, "separator": "\n"}
JUDGE = {"type": "judge", "form": "genrm", "engine": {**ENGINE, "context": 1024}}


def counted(arguments: tuple[str, ...], cwd: str, most: float = math.inf) -> None:
    """The command, which writes down each request before a server has it; after so many judgements none."""
    from winnow.steps.engine.transport import Transport

    post = Transport.post

    async def told(self: Transport, path: str, body: dict[str, Any], **more: Any) -> Any:
        with Path(cwd, "requests.jsonl").open("a") as file:
            file.write(json.dumps(body) + "\n")
        if len(asked(Path(cwd))[1]) > most:
            await asyncio.Event().wait()
        return await post(self, path, body, **more)

    Transport.post = told  # type: ignore[method-assign]
    run_command(arguments, cwd)


def asked(folder: Path) -> tuple[list[Any], list[Any]]:
    """The steps and the judgements that servers were asked for, by what tells them from others."""
    steps, judged = [], []
    path = folder / "requests.jsonl"
    for line in path.read_text().splitlines() if path.exists() else []:
        body = json.loads(line)
        said = json.dumps(body.get("messages"))
        if body.get("top_logprobs", 0) > 1:
            judged.append(said)
        elif body.get("max_tokens", 1) > 1:
            steps += [(said, body["seed"] + at) for at in range(body.get("n") or 1)]
    return steps, judged


def test_killed_and_resumed(tmp_path: Path) -> None:
    variants = ["Write a poem of ten lines. {prompt}"]
    sample = {"engine": ENGINE, "max_tokens": 8, "search": SEARCH, "variants": variants}
    write_sums(tmp_path, count=2, sample=sample, score=JUDGE)
    ledger = Ledger(tmp_path / "runs/sums/ledger")

    def started(most: float = math.inf) -> BaseProcess:
        process = FORKS.Process(target=counted, args=(("run", "recipe.yaml"), str(tmp_path), most))
        process.start()
        return process

    def held() -> tuple[int, int]:
        return ledger.height("nodes"), ledger.height("node_rewards")

    first = started(most=1)
    wait_until(lambda: held()[1] == 1 or not first.is_alive(), 600)
    first.kill()
    first.join()
    assert first.exitcode == -9, (tmp_path / "output.txt").read_text()
    before, had = asked(tmp_path), held()
    second = started()
    second.join(600)
    assert second.exitcode == 0, (tmp_path / "output.txt").read_text()
    steps, judged = (every[len(some) :] for every, some in zip(asked(tmp_path), before, strict=True))
    nodes, rewards = (ledger.scan(table).collect() for table in ("nodes", "node_rewards"))
    assert 0 < had[0] < nodes.height and 0 < had[1] < rewards.height
    # What was asked for after the kill is what the ledger did not have, once.
    assert len(set(steps)) == len(steps) == nodes.height - had[0]
    assert len(judged) == rewards.height - had[1]  # of texts that differ in blanks the same is asked
    assert nodes["id"].n_unique() == nodes.height and rewards["place"].n_unique() == rewards.height
    assert set(rewards["status"]) == {"scored"} and rewards["reward"].drop_nulls().len()
    assert ledger.scan("completions").collect()["problem"].n_unique() == 2
