"""A Ray cluster: joined, asked how many workers it has room for, and its actors as workers."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from winnow.pipelines.ray.hands import Lost
from winnow.pipelines.ray.resources import Need
from winnow.pipelines.ray.wire import Failed, Give, Job, Ready, Took
from winnow.pipelines.ray.worker import Worker
from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError, UsageError

_SILENCE = 60.0  # seconds in which a worker answers, or counts as lost
_PATIENCE = 30.0  # seconds for it to end in
_CALLS = 8  # at once: an exchange, and whoever wakes it
_LETTERS = 300  # of what Ray says


@contextmanager
def joined(address: str) -> Iterator[Any]:
    """Be a driver of the cluster at `auto` or an address, from one of its nodes; gives the module `ray`.

    Raises:
        MissingError: Ray is not installed, or there is no cluster.
        UsageError: it is a kind of address that cannot be used.
    """
    if "://" in address:
        raise UsageError(
            f"--ray {address}: a client's address cannot be used: run winnow on a node of the cluster, with "
            "--ray auto or HOST:PORT of its head"
        )
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError:
        raise MissingError("--ray needs Ray: pip install 'winnow-data[ray]'") from None
    # Of a worker's death it prints a paragraph to stdout, and has no switch for that; we say it ourselves.
    ray._private.worker.print_to_stdstream = lambda *_, **__: None
    stops = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", configure_logging=False)
    except (ConnectionError, RuntimeError, ValueError) as broken:
        raise MissingError(
            f"no Ray cluster at {address}: {plain(str(broken), _LETTERS)}\n"
            "`ray start --head` makes one; without --ray winnow runs on this machine alone"
        ) from None
    finally:
        for number, handler in stops.items():  # Ray has its own for SIGTERM, which would end us at once
            signal.signal(number, handler)
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def ray_at(address: str, need: Need, most: int | None = None) -> Iterator[RayCluster]:
    """The cluster at an address, for workers with this need; raises as `joined`."""
    with joined(address) as ray:
        yield RayCluster(ray, need, most)


class RayCluster:
    """`most` is how many workers there are to be, where somebody says: more than fit wait for room.

    A worker that ends is not started again by Ray, nor is what it was asked asked again: it was given groups,
    and only the driver knows which of these are still owed, and what.
    """

    def __init__(self, ray: Any, need: Need, most: int | None = None) -> None:
        self._ray, self._need, self._most = ray, need, most
        self._actors = ray.remote(Worker).options(
            num_cpus=need.cpus,
            num_gpus=need.gpus,
            max_restarts=0,
            max_task_retries=0,
            max_concurrency=_CALLS,
            scheduling_strategy="SPREAD",
        )

    async def room(self) -> int:
        """How many workers fit onto the nodes that are alive.

        Raises:
            MissingError: none does.
        """
        if self._most is not None:
            return self._most
        nodes = [one["Resources"] for one in await asyncio.to_thread(self._ray.nodes) if one["Alive"]]
        room = sum(self._need.fits(node) for node in nodes)
        if nodes and not room:
            told = "; ".join(f"{node.get('CPU', 0):g} CPUs, {node.get('GPU', 0):g} GPUs" for node in nodes)
            raise MissingError(
                f"no node of the Ray cluster has room for a worker, which takes {self._need}: "
                f"there are {told}. Start Ray with more, or say --workers to wait for nodes that come"
            )
        return room

    def hire(self, job: Job) -> RayHand:
        return RayHand(self._ray, self._actors.remote(job))


class RayHand:
    """An actor."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor

    async def open(self) -> Ready | Failed:
        ready: Ready | Failed = await self._answer(self._actor.open.remote(), None)
        return ready

    async def exchange(self, given: Give) -> Took:
        took: Took = await self._answer(self._actor.exchange.remote(given), given.beat + _SILENCE)
        return took

    def wake(self) -> None:
        self._actor.wake.remote()

    async def close(self) -> None:
        with suppress(Lost):
            await self._answer(self._actor.close.remote(), _PATIENCE)
        self.kill()

    def kill(self) -> None:
        self._ray.kill(self._actor, no_restart=True)

    async def _answer(self, ref: Any, seconds: float | None) -> Any:
        """What the actor answers; one that does not is ended, since it could go on asking."""
        try:
            async with asyncio.timeout(seconds):
                return await ref
        except TimeoutError:
            self.kill()
            raise Lost(f"it did not answer for {seconds:.0f} s") from None
        except self._ray.exceptions.RayTaskError:
            raise  # a bug of ours
        except self._ray.exceptions.RayError as gone:
            self.kill()
            raise Lost(plain(_first_line(gone), _LETTERS)) from None


def _first_line(error: BaseException) -> str:
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
