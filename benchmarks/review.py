"""Pushing rows for review and pulling what was said, and distilabel's step for the push beside it.

2,000 preference pairs of 600 characters go to a real Argilla server on this machine: by `winnow review push`
with metadata and external ids; by distilabel's PreferenceToArgilla without; and by the SDK, as that step uses
it, the same records as ours in a dataset with the same settings. By turns, `--rounds` times.
(The server puts all settings of a dataset together for each record, so each property costs time.) Then 2,000
responses are pulled into a ledger, and pulled again.

    python benchmarks/review.py [--records 2000] [--rounds 3] [--url URL, with ARGILLA_API_KEY]

Without a URL it starts `winnow review serve` for itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import mean
from typing import Any

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import build_datasets
from winnow.steps.build.reading import Built, read_built
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Sampling, completion_row, now, problem_row, verdict_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.review.api import Argilla
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.place import make_dataset, workspace_of
from winnow.steps.review.pull import pull
from winnow.steps.review.push import push, records_for
from winnow.verifiers.registry import Verifier
from winnow.verifiers.verdict import Verdict

BATCH = 50  # rows of a batch, distilabel's default


def made(run: Path, records: int) -> Built:
    """A run with so many pairs."""
    words, ledger = random.Random(0), Ledger(run / "ledger")
    sampling = Sampling("engine", "parameters", "model", ("{}",))
    verifier = Verifier("number", "1", {}, lambda reference, completion: Verdict.passed())
    rows: dict[str, list[Any]] = {"problems": [], "completions": [], "verdicts": []}
    for at in range(records):
        problem = Problem(str(at), ({"role": "user", "content": f"question {at}"},), {"answer": at})
        rows["problems"].append(problem_row(problem, "r"))
        for index, verdict in enumerate((Verdict.passed(), Verdict.failed("wrong"))):
            text = " ".join(str(words.randrange(10**5)) for _ in range(100))
            one = Candidate(sampling.key(problem.id, index), index, Choice(text))
            rows["completions"].append(completion_row(problem.id, one, sampling, "r", now()))
            rows["verdicts"].append(verdict_row(problem.id, one.id, verdict, verifier, "f", "r", now()))
    ledger.commit(rows)
    build_datasets(ledger, "f", BuildConfig.model_validate({"preference": {"per_problem": 1}}), run)
    (run / "manifest.json").write_text("{}")
    return read_built(run / "datasets", owner=run)


def ours(built: Built, name: str, records: int) -> float:
    began = time.perf_counter()
    (pushed,) = push(built, ArgillaConfig(dataset=name, records=records))
    assert pushed.total == records, pushed
    return time.perf_counter() - began


def theirs(built: Built, name: str) -> float:
    """distilabel's step, given the same texts in batches of its default size."""
    import polars as pl
    from distilabel.steps import PreferenceToArgilla

    began = time.perf_counter()
    step = PreferenceToArgilla(
        num_generations=2,
        api_url=os.environ["ARGILLA_API_URL"],
        api_key=os.environ["ARGILLA_API_KEY"],
        dataset_name=name,
        dataset_workspace="default",
    )
    step.load()
    rows = [
        {
            "instruction": row["prompt"][-1]["content"],
            "generations": [row["chosen"][0]["content"], row["rejected"][0]["content"]],
        }
        for row in pl.read_parquet(built.build.folder / "preference/*.parquet").iter_rows(named=True)
    ]
    for start in range(0, len(rows), BATCH):
        for _ in step.process(rows[start : start + BATCH]):
            pass
    return time.perf_counter() - began


def sdk(built: Built, name: str, records: int) -> float:
    """The same records, into a dataset that is made as ours is, by the SDK in batches of that size."""
    import argilla as rg

    config = ArgillaConfig(dataset=name, records=records)
    told = list(records_for(built, config, "preference"))
    began = time.perf_counter()
    asyncio.run(prepared(config))
    client = rg.Argilla(api_url=os.environ["ARGILLA_API_URL"], api_key=os.environ["ARGILLA_API_KEY"])
    dataset = client.datasets(f"{name}-preference", workspace="default")
    for start in range(0, records, BATCH):
        some = [
            rg.Record(id=one["external_id"], fields=one["fields"], metadata=one["metadata"])
            for one in told[start : start + BATCH]
        ]
        dataset.records.log(records=some, batch_size=BATCH)
    return time.perf_counter() - began


async def prepared(config: ArgillaConfig) -> None:
    async with Argilla() as server:
        await make_dataset(server, await workspace_of(server, config), config, "preference")


async def page(server: Argilla, path: str, offset: int) -> list[dict[str, Any]]:
    return list((await server.get(path, limit=500, offset=offset))["items"])


async def respond(name: str) -> int:
    """One response to each record, as the owner."""
    async with Argilla() as server:
        (found,) = (one for one in (await server.get("me/datasets"))["items"] if one["name"] == name)
        path = f"datasets/{found['id']}/records"
        total = (await server.get(path, limit=1))["total"]
        said = {"better": {"value": "a"}, "right": {"value": "both"}, "rating": {"value": 3}}
        response = {"user_id": (await server.get("me"))["id"], "status": "submitted", "values": said}
        items = [one for at in range(0, total, 500) for one in await page(server, path, at)]
        for at in range(0, total, 250):
            told = [{"id": one["id"], "responses": [response]} for one in items[at : at + 250]]
            await server.put(f"{path}/bulk", {"items": told})
        return int(total)


def serve(home: Path) -> subprocess.Popen[str]:
    """A server of our own, whose address and key are in the environment afterwards."""
    command = [
        sys.executable,
        "-m",
        "winnow.pipelines.cli",
        "review",
        "serve",
        "--home",
        str(home),
        "--port",
        "0",
    ]
    if environment := os.environ.get("WINNOW_ARGILLA_ENV"):
        command += ["--env", environment]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "listens on" in line:
            break
    for line in (home / "owner.env").read_text().splitlines():
        key, _, value = line.removeprefix("export ").partition("=")
        os.environ[key] = value
    return process


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=2000)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--url")
    told = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = None if told.url else serve(folder / "home")
        if told.url:
            os.environ["ARGILLA_API_URL"] = told.url
        try:
            bench(folder, told.records, told.rounds)
        finally:
            if server is not None:
                server.terminate()
                server.wait()


def bench(folder: Path, records: int, rounds: int) -> None:
    run = folder / "run"
    run.mkdir()
    built, tag = made(run, records), str(time.time_ns())
    theirs_s, sdk_s, ours_s = [], [], []
    for turn in range(rounds):
        theirs_s.append(theirs(built, f"d{tag}-{turn}"))
        ours_s.append(ours(built, f"w{tag}-{turn}", records))
        sdk_s.append(sdk(built, f"s{tag}-{turn}", records))
        told = f"winnow {ours_s[-1]:.2f} s, distilabel {theirs_s[-1]:.2f} s, SDK {sdk_s[-1]:.2f} s"
        print(f"push: {told}", file=sys.stderr)
    count = asyncio.run(respond(f"w{tag}-0-preference"))
    config, pulls = ArgillaConfig(dataset=f"w{tag}-0"), []
    for new in (count, 0):
        began = time.perf_counter()
        found = pull(run, config, "r")
        pulls.append(time.perf_counter() - began)
        assert (found.responses, found.new) == (count, new), found
    figures = {
        "records": records,
        "push_winnow_s": round(mean(ours_s), 2),
        "push_distilabel_s": round(mean(theirs_s), 2),
        "push_sdk_s": round(mean(sdk_s), 2),
        "distilabel_by_winnow": round(mean(theirs_s) / mean(ours_s), 2),
        "sdk_by_winnow": round(mean(sdk_s) / mean(ours_s), 2),
        "pull_s": round(pulls[0], 2),
        "pull_again_s": round(pulls[1], 2),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
