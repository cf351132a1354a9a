"""What a Ray cluster costs beside the local runner, and how far one driver and one ledger reach.

Candidates of 1.5 KB are replayed, which takes no time, judged and kept: by the local runner and by workers
in a cluster, both held to the same one or two CPUs, all of the cluster's processes included. Then 1,000
workers are played, each of which answers so many candidates a second, to a real driver with a real ledger.

    python benchmarks/ray.py [--problems 2000] [--workers 1000] [--rate 5] [--seconds 20]

It needs the extra `ray`. Nothing here imports it, since this file has its name.
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
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from bookkeeping import RECIPE, write_data
from deltalake import DeltaTable
from measure import family
from rich.console import Console
from rich.table import Table

import winnow
from winnow.pipelines.live.snapshot import read_snapshot
from winnow.pipelines.local import plan_key
from winnow.pipelines.progress import Progress
from winnow.pipelines.ray.runner import RayRunner
from winnow.pipelines.ray.wire import Give, Job, Ready, Took
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Row, Sampling, completion_row, done_row, now, verdict_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.stage import Context
from winnow.verifiers import Verdict, load

CLUSTER = Path(__file__).parents[1] / "tests/support/ray_cluster.py"
N = 32  # candidates of a problem
WORDS = [f"{random.Random(at).getrandbits(24):x}" for at in range(5000)]
CALLS = """
import os, ray, sys
ray.init(address=sys.argv[1], log_to_driver=False, logging_level="ERROR")
@ray.remote(num_cpus=0)
class Echo:
    def call(self, told): return told
echo = Echo.remote()
ray.get([echo.call.remote(b"") for _ in range(100)])
before = sum(os.times()[:2])
for _ in range(10): ray.get([echo.call.remote(b"") for _ in range(100)])
print((sum(os.times()[:2]) - before) / 1000)
"""


@dataclass(frozen=True)
class Cost:
    """Of a run: its candidates, the seconds of sampling, and CPU seconds, of all and of the driver alone."""

    candidates: int
    seconds: float
    cpu: float
    driver: float

    @property
    def rate(self) -> float:
        return self.candidates / self.seconds

    def beyond(self, small: Cost) -> tuple[float, float]:
        """CPU seconds of 10,000 candidates, of all and of the driver, by what a larger run took beyond a
        small one: without starting."""
        more = (self.candidates - small.candidates) / 10_000
        return (self.cpu - small.cpu) / more, (self.driver - small.driver) / more


class Clock(threading.Thread):
    """CPU seconds of a process and all below it while the body runs, of those that end meanwhile, too."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self._over = pid, threading.Event()
        self._first, self._last = dict[tuple[int, str], int](), dict[tuple[int, str], int]()

    def __enter__(self) -> Clock:
        self._look()
        self._first = dict(self._last)
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()
        self._look()

    @property
    def seconds(self) -> float:
        ticks = sum(last - self._first.get(one, 0) for one, last in self._last.items())
        return ticks / os.sysconf("SC_CLK_TCK")

    def run(self) -> None:
        while not self._over.wait(0.1):
            self._look()

    def _look(self) -> None:
        for pid in family(self._pid):
            try:
                told = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            self._last[pid, told[19]] = int(told[11]) + int(told[12])


def hold(cpus: int, pid: int = 0) -> None:
    os.sched_setaffinity(pid, sorted(os.sched_getaffinity(0))[:cpus])


def run(folder: Path, problems: int, cpus: int, address: str = "", beside: int | None = None) -> Cost:
    """One run of the command, held to so many CPUs; `beside` is a process whose family works for it."""
    recipe, runs = folder / f"recipe-{problems}.yaml", folder / f"runs-{problems}-{cpus}{address}"
    recipe.write_text(RECIPE.format(folder=folder, problems=problems, n=N))
    told = [sys.executable, "-m", "winnow.pipelines.cli", "run", str(recipe), "--runs-dir", str(runs)]
    command = [*told, "--ray", address] if address else told
    process = subprocess.Popen(command, stdout=sys.stderr, preexec_fn=lambda: hold(cpus))
    with Clock(process.pid) as driver, Clock(beside or process.pid) as others:
        if process.wait():
            sys.exit(f"{' '.join(command)} failed")
    snapshot = read_snapshot(next(runs.glob("*/logs/progress.json")))
    assert snapshot is not None
    cpu = driver.seconds + (others.seconds if beside else 0.0)
    return Cost(snapshot.completions, snapshot.seconds, cpu, driver.seconds)


@contextmanager
def cluster(cpus: int) -> Iterator[tuple[str, int]]:
    """A cluster with a node for each CPU, held to these: its address and its process."""
    command = [sys.executable, str(CLUSTER), str(cpus)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    assert process.stdin and process.stdout
    address = json.loads(process.stdout.readline())["address"]
    for pid in family(process.pid):  # and whatever they start
        for thread in Path(f"/proc/{pid}/task").glob("*"):
            with suppress(OSError):
                hold(cpus, int(thread.name))
    yield address, process.pid
    process.stdin.close()
    process.wait()


class Crowd:
    """Workers that are played. They answer `rate` candidates a second each; `made` is what that took of CPU
    seconds here, `told` how often they were asked."""

    def __init__(self, recipe: Recipe, size: int, rate: float) -> None:
        self.recipe, self.size, self.rate = recipe, size, rate
        self.verifier = load(recipe.verify)
        self.made, self.told = 0.0, 0
        self.sampling = Sampling("engine", "parameters", "model", ("{}",))

    async def room(self) -> int:
        return self.size

    def hire(self, job: Job) -> Played:
        return Played(self)

    def rows(self, took: Took, problem: Problem) -> None:
        """All that becomes of a problem."""
        began, at, sampling, by = time.thread_time(), now(), self.sampling, self.verifier
        told: dict[str, list[Row]] = {"completions": [], "verdicts": []}
        for index in range(N):
            choice = Choice(" ".join(random.choices(WORDS, k=220)), tokens=300)
            one = Candidate(sampling.key(problem.id, index), index, choice)
            told["completions"].append(completion_row(problem.id, one, sampling, "r", at))
            verdict = Verdict.passed("1")
            told["verdicts"].append(verdict_row(problem.id, one.id, verdict, by, by.fingerprint, "r", at))
        took.rows += [*told.items(), ("events", [done_row(problem.id, "plan", "r")])]
        took.ended.append((problem.id, True))
        self.made += time.thread_time() - began


class Played:
    """One of them."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self._problems: list[Problem] = []
        self._owed, self._since = 0.0, time.monotonic()

    async def open(self) -> Ready:
        sampling = self._crowd.sampling
        return Ready(sampling, "played", winnow.__version__, plan_key(self._crowd.recipe, sampling))

    async def exchange(self, given: Give) -> Took:
        self._crowd.told += 1
        self._problems += [group.problem for group in given.groups]
        await asyncio.sleep(0 if given.end else given.beat)
        at, took = time.monotonic(), Took(active=True, over=given.end)
        self._owed, self._since = self._owed + self._crowd.rate * (at - self._since), at
        while self._problems and self._owed >= N:
            self._owed -= N
            self._crowd.rows(took, self._problems.pop())
        took.wants = max(0, 4 - len(self._problems))
        return took

    def wake(self) -> None: ...

    def kill(self) -> None: ...

    async def close(self) -> None: ...


def play(folder: Path, workers: int, rate: float, seconds: float) -> dict[str, float]:
    """What a driver does for so many workers: its CPU, and what becomes of the ledger."""
    with (folder / "problems.jsonl").open("w") as file:
        for at in range(int(workers * (8 + rate * seconds / N))):
            file.write(json.dumps({"id": str(at), "question": f"{at}?", "answer": "1"}) + "\n")
    path = folder / "recipe.yaml"
    path.write_text(RECIPE.format(folder=folder, problems=10**9, n=N))
    recipe, ledger, context = load_recipe(path), Ledger(folder / "ledger"), Context(run="r")
    (folder / "candidates.jsonl").write_text(json.dumps({"id": "0", "completions": ["1"]}) + "\n")
    crowd = Crowd(recipe, workers, rate)

    async def main() -> None:
        runner = RayRunner(
            recipe,
            ledger,
            context,
            Progress(context, None),
            lambda told: None,
            join=lambda: nullcontext(crowd),
        )
        asyncio.get_running_loop().call_later(seconds, context.interrupt)
        await runner.run()

    began, cpu = time.monotonic(), time.process_time()
    asyncio.run(main())
    cpu, wall = time.process_time() - cpu - crowd.made, time.monotonic() - began
    files = list((folder / "ledger/completions").glob("*.parquet"))
    versions, count = ledger.versions(), ledger.height("completions")
    live = len(DeltaTable(str(folder / "ledger/completions")).file_uris())
    size = sum(file.stat().st_size for file in files)
    merging = time.process_time()
    ledger.compact()
    return {
        "candidates a second": count / wall,
        "CPU seconds of 10,000 candidates, without Ray's part": cpu / count * 10_000,
        "exchanges a second": crowd.told / wall,
        "commits a second, of the three tables": sum(versions.values()) / wall,
        "files of completions, with what was merged away": len(files),
        "files that a reader opens": live,
        "bytes written a candidate, merging included": size / count,
        "CPU seconds of `winnow compact`": time.process_time() - merging,
    }


def calls(address: str) -> float:
    """CPU seconds that one call of an actor takes of the driver."""
    done = subprocess.run([sys.executable, "-c", CALLS, address], check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--problems", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument(
        "--rate", type=float, default=5.0, help="candidates a second of a worker that is played"
    )
    parser.add_argument("--seconds", type=float, default=20.0)
    given = parser.parse_args()
    console = Console(width=110)
    table = Table("", "candidates/s", "CPU seconds of 10,000", "of these the driver's")
    few = given.problems // 10
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_data(folder, given.problems, N)
        for cpus in (1, 2):
            small, large = (run(folder, problems, cpus) for problems in (few, given.problems))
            alone = (large.rate, *large.beyond(small))
            with cluster(cpus) as (address, process):
                small, large = (run(folder, some, cpus, address, process) for some in (few, given.problems))
                spread = (large.rate, *large.beyond(small))
                call, driver = calls(address), spread[2]
            for name, told in ((f"{cpus} CPU, local", alone), (f"{cpus} CPU, Ray", spread)):
                table.add_row(name, f"{told[0]:,.0f}", f"{told[1]:.2f}", f"{told[2]:.2f}")
            ratios = [f"{one / other:.2f}" for one, other in zip(spread, alone, strict=True)]
            table.add_row("Ray by local", *ratios)
    console.print(table)
    with tempfile.TemporaryDirectory() as scratch:
        played = play(Path(scratch), given.workers, given.rate, given.seconds)
    table = Table(f"{given.workers:,} workers, {given.rate:g} candidates a second each", "")
    for name, value in played.items():
        table.add_row(name, f"{value:,.2f}" if value < 100 else f"{value:,.0f}")
    table.add_row("CPU milliseconds of the driver for a call of Ray", f"{call * 1000:.2f}")
    table.add_row(
        "candidates a second that a driver with a CPU takes from workers, measured", f"{10_000 / driver:,.0f}"
    )
    console.print(table)


if __name__ == "__main__":
    main()
