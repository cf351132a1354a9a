"""Pushing rows for review and pulling what was said, and distilabel's step for the push beside it.

2,000 preference pairs of 600 characters go to a real Argilla server on this machine, by turns, `--rounds`
times, medians told: by the command `winnow review push`, with external ids and metadata (verdict, reward,
model, pass rate, length); by a program with distilabel's Pipeline of LoadDataFromDicts and
PreferenceToArgilla, which has neither; and by that step alone, called from a loop in batches of its default
size, without the start of a program. `cpu_s` is processor time of whoever pushes, `server_cpu_s` the server's
meanwhile. Then 2,000 responses are pulled into the ledger, pulled again, and read by the SDK.

    python benchmarks/review.py [--records 2000] [--rounds 3] [--url URL, with ARGILLA_API_KEY]

Without a URL it starts `winnow review serve` for itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from winnow.steps.review.api import Argilla
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.pull import pull

BATCH = 50  # rows of a batch, distilabel's default
WINNOW = (sys.executable, "-m", "winnow.pipelines.cli")
PIPELINE = """
import json, sys
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts, PreferenceToArgilla

if __name__ == "__main__":
    rows = [json.loads(line) for line in open(sys.argv[1])]
    with Pipeline(name="push") as pipeline:
        load = LoadDataFromDicts(data=rows)
        step = PreferenceToArgilla(num_generations=2, dataset_name=sys.argv[2], dataset_workspace="default")
        load >> step
    pipeline.run(use_cache=False)
"""
Cost = dict[str, float]


def made(folder: Path, records: int) -> Path:
    """A run with so many pairs, whose texts are in `rows.jsonl` beside it."""
    words = random.Random(0)

    def answer(number: int) -> str:
        return f"{' '.join(str(words.randrange(10**5)) for _ in range(100))}\n{number}"

    recipe = {
        "name": "push",
        "source": {
            "type": "jsonl",
            "path": "problems.jsonl",
            "id": "id",
            "prompt": "q",
            "reference": {"answer": "a"},
        },
        "sample": {"engine": {"type": "replay", "path": "candidates.jsonl"}, "n": 2},
        "verify": {"type": "number"},
        "score": {"type": "length"},
        "build": {"preference": {"per_problem": 1}},
    }
    (folder / "recipe.yaml").write_text(json.dumps(recipe))
    told: dict[str, list[Any]] = {"problems": [], "candidates": [], "rows": []}
    for at in range(records):
        sides, asked = [answer(at), answer(at + 1)], f"question {at}"
        told["problems"].append({"id": str(at), "q": asked, "a": str(at)})
        told["candidates"].append({"id": str(at), "completions": sides})
        told["rows"].append({"instruction": asked, "generations": sides})
    for name, rows in told.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "pipeline.py").write_text(PIPELINE)
    subprocess.run([*WINNOW, "run", "recipe.yaml"], cwd=folder, check=True, capture_output=True)
    return folder / "runs/push"


def ours(folder: Path, name: str, records: int) -> None:
    more = ("--dataset", name, "--records", str(records))
    subprocess.run([*WINNOW, "review", "push", "push", *more], cwd=folder, check=True, capture_output=True)


def pipeline(folder: Path, name: str, _: int) -> None:
    command = [sys.executable, "pipeline.py", "rows.jsonl", name]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def step(folder: Path, name: str, _: int) -> None:
    """distilabel's step in this process, whose modules are imported by then."""
    from distilabel.steps import PreferenceToArgilla

    rows = [json.loads(line) for line in (folder / "rows.jsonl").read_text().splitlines()]
    pushing = PreferenceToArgilla(num_generations=2, dataset_name=name, dataset_workspace="default")
    pushing.load()
    for start in range(0, len(rows), BATCH):
        for _ in pushing.process(rows[start : start + BATCH]):
            pass


def measured(push: Callable[[], None], server: int | None) -> Cost:
    """What a push takes; `server` is the server's process, where it is ours."""
    before, began = (_used(), _server_used(server)), time.perf_counter()
    push()
    wall = time.perf_counter() - began
    cost = {"s": wall, "cpu_s": _used() - before[0]}
    return cost if server is None else cost | {"server_cpu_s": _server_used(server) - before[1]}


def _used() -> float:
    """Seconds of this process and of those that it waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _server_used(process: int | None) -> float:
    if process is None:
        return 0.0
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def read_by_sdk(name: str) -> int:
    """The responses of a dataset as Argilla's SDK reads them."""
    import argilla as rg

    client = rg.Argilla(api_url=os.environ["ARGILLA_API_URL"], api_key=os.environ["ARGILLA_API_KEY"])
    dataset = client.datasets(name, workspace="default")
    assert dataset is not None
    records = list(dataset.records(with_responses=True))
    return len({record.id for record in records for _ in record.responses})


async def page(server: Argilla, path: str, offset: int) -> list[dict[str, Any]]:
    return list((await server.get(path, limit=500, offset=offset))["items"])


async def there(name: str) -> int:
    """How many records were pushed into a dataset of that name."""
    async with Argilla() as server:
        found = (await server.get("me/datasets"))["items"]
        (dataset,) = (one for one in found if one["name"].removesuffix("-preference") == name)
        return int((await server.get(f"datasets/{dataset['id']}/records", limit=1))["total"])


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
    command = [*WINNOW, "review", "serve", "--home", str(home), "--port", "0"]
    if environment := os.environ.get("WINNOW_ARGILLA_ENV"):
        command += ["--env", environment]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if "Nothing else differs" in line:
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
            bench(folder, told.records, told.rounds, server.pid if server else None)
        finally:
            if server is not None:
                server.terminate()
                server.wait()


def bench(folder: Path, records: int, rounds: int, server: int | None) -> None:
    run, tag = made(folder, records), str(time.time_ns())
    ways = {"winnow": ours, "pipeline": pipeline, "step": step}
    import distilabel.steps  # noqa: F401 - the step alone is timed without it

    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    for turn in range(rounds):
        for way, push in ways.items():
            name = f"{way}{tag}-{turn}"
            costs[way].append(measured(lambda push=push, name=name: push(folder, name, records), server))
            assert asyncio.run(there(name)) == records
            print(way, {key: round(value, 2) for key, value in costs[way][-1].items()}, file=sys.stderr)
    name = f"winnow{tag}-0"
    count = asyncio.run(respond(f"{name}-preference"))
    assert count == records, count
    pulls = []
    for new in (count, 0):
        began = time.perf_counter()
        found = pull(run, ArgillaConfig(dataset=name), "r")
        pulls.append(time.perf_counter() - began)
        assert (found.responses, found.new) == (count, new), found
    began = time.perf_counter()
    assert read_by_sdk(f"{name}-preference") == count
    sdk = time.perf_counter() - began
    figures = {
        "records": records,
        "push": {
            way: {key: round(median(cost[key] for cost in some), 2) for key in some[0]}
            for way, some in costs.items()
        },
        "pull_s": round(pulls[0], 2),
        "pull_again_s": round(pulls[1], 2),
        "sdk_reads_s": round(sdk, 2),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
