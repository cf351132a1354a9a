"""A crew of workers in the test's own process, in place of a cluster: real ones, which can be lost.

What they and the driver tell each other is pickled, as it is between processes.
"""

from __future__ import annotations

import asyncio
import copyreg
import io
import json
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, cast

from winnow.pipelines.local import LocalRunner
from winnow.pipelines.progress import Progress
from winnow.pipelines.ray.hands import Lost
from winnow.pipelines.ray.runner import RayRunner
from winnow.pipelines.ray.wire import Failed, Give, Job, Ready, Took
from winnow.pipelines.ray.worker import Worker
from winnow.pipelines.recipe import load_recipe
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Sampling
from winnow.steps.stage import Context

T = TypeVar("T")


@dataclass
class Crew:
    """`size` workers at a time. `dies` says, after an exchange, whether the worker is lost with what it was
    about to tell: it is given the worker's number, from 1, and what was not told yet."""

    size: int = 3
    dies: Callable[[int, Took], bool] = lambda number, took: False
    hands: list[Member] = field(default_factory=list)
    opened: int = 0
    lost: int = 0

    async def room(self) -> int:
        return self.size

    def hire(self, job: Job) -> Member:
        self.hands.append(Member(self, Worker(sent(job)), len(self.hands) + 1))
        return self.hands[-1]


@dataclass
class Member:
    """One of them. `told` is all that it gave back."""

    crew: Crew
    worker: Worker
    number: int
    told: list[Took] = field(default_factory=list)

    async def open(self) -> Ready | Failed:
        ready = await self.worker.open()
        self.crew.opened += 1
        while self.crew.opened < self.crew.size:  # so that the first has no start on the others
            await asyncio.sleep(0.01)
        return ready

    async def exchange(self, given: Give) -> Took:
        took = sent(await self.worker.exchange(sent(given)))
        if self.crew.dies(self.number, took):
            self.crew.lost += 1
            await self.worker.close()
            raise Lost("it was killed")
        self.told.append(took)
        return took

    def wake(self) -> None:
        self.worker.wake()

    def kill(self) -> None: ...

    async def close(self) -> None:
        await self.worker.close()


def sent(told: T) -> T:
    """It as it comes out of another process. Ray's pickler knows one type more than Python's."""
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.dispatch_table = {**copyreg.dispatch_table, MappingProxyType: lambda one: (_proxy, (dict(one),))}
    pickler.dump(told)
    return cast("T", pickle.loads(file.getvalue()))


def _proxy(told: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(told)


def run_with(crew: Crew, recipe: Path, folder: Path) -> Context:
    """Run a recipe on a crew, over the ledger `folder/ledger`; what it counted."""
    folder.mkdir(exist_ok=True)
    loaded, ledger = load_recipe(recipe), Ledger(folder / "ledger")
    context = Context(run=f"r{ledger.height('events')}")

    @contextmanager
    def join() -> Iterator[Crew]:
        yield crew

    def claim(sampling: Sampling) -> None:
        (folder / "sampling.json").write_text(json.dumps(sampling.named))

    before = (folder / "sampling.json").exists() and json.loads((folder / "sampling.json").read_text())
    progress = Progress(context, None)
    runner = RayRunner(loaded, ledger, context, progress, claim, before=before or None, join=join)
    asyncio.run(runner.run())
    return context


def run_locally(recipe: Path, folder: Path) -> None:
    """Run it by the local runner, over the ledger `folder/ledger`."""
    folder.mkdir()
    context = Context(run="r")
    progress = Progress(context, None)
    runner = LocalRunner(load_recipe(recipe), Ledger(folder / "ledger"), context, progress, lambda told: None)
    asyncio.run(runner.run())
