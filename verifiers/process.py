"""One worker of a pool, seen from the parent: started, watched, killed, started again."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from winnow.verifiers.verdict import Verdict
from winnow.verifiers.wire import DONE, LENGTH, LONGEST_REPLY, SENT, Progress, framed, verdicts_from_json

_START = 60.0  # seconds that a worker may take to be ready
_LATE = 1.0  # seconds by which a timer may be late before we take it that we were not running ourselves
_LEAVING = 1.0  # seconds that a worker has to leave when nothing more will be asked of it
_DYING = 0.5  # seconds after which one that closed its pipe is killed


class PoolError(RuntimeError):
    """The pool cannot judge: its workers do not start, or it was closed."""


class Edited(PoolError):
    """A worker finds other code than its pool has read."""


@dataclass(slots=True)
class Outcome:
    """How far a worker came with a batch.

    `verdicts` are those of the first items, in order; where they are fewer than the batch holds, the worker
    is gone, and `why` says how. `culprit` is then the item that it was judging; `overdue`, that it was
    killed for taking too long over it; `edited`, that it did not start, since the verifier's code was edited.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    why: str = ""
    culprit: int | None = None
    overdue: bool = False
    edited: bool = False


@dataclass(frozen=True, slots=True)
class _Live:
    """A process that runs, with its pipes and the memory that it shares with us."""

    process: asyncio.subprocess.Process
    down: asyncio.StreamWriter
    up: asyncio.StreamReader
    progress: Progress

    async def receive(self) -> bytes:
        (length,) = LENGTH.unpack(await self.up.readexactly(LENGTH.size))
        if length > LONGEST_REPLY:
            raise ValueError(f"a reply of {length} bytes")
        return await self.up.readexactly(length)

    async def end(self, patience: float) -> str:
        """See the process out, by force where it does not leave in `patience` seconds; say how it ended."""
        try:
            async with asyncio.timeout(patience):
                code = await self.process.wait()
        except TimeoutError:
            self.kill()
            code = await self.process.wait()
        finally:
            self.progress.close()
        return f"died (signal {-code})" if code < 0 else f"ended (exit code {code})"

    def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()


class Worker:
    """A place for one worker process; `judge` starts a new one where the last is gone.

    `fingerprint` is the verifier's: what a process judges by that finds another is nobody's verdict.
    """

    def __init__(self, setup: dict[str, Any], deadline: float, fingerprint: str) -> None:
        self._setup = framed(pickle.dumps(setup, pickle.HIGHEST_PROTOCOL))
        self._deadline, self._fingerprint = deadline, fingerprint
        self._live: _Live | None = None
        self._closed = False

    async def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises:
            PoolError: it does not get ready; says what it said.
        """
        self._live = live = await _spawn()
        live.down.write(self._setup)
        try:
            async with asyncio.timeout(_START):
                answer = json.loads(await live.receive())
        except (asyncio.IncompleteReadError, OSError, TimeoutError, ValueError):
            self._live = None
            raise PoolError(f"a verifier's worker did not get ready: it {await live.end(_DYING)}") from None
        if "error" in answer:
            self._live = None
            await live.end(_LEAVING)
            raise PoolError(f"a verifier's worker cannot load the verifier: {answer['error']}")
        if answer["ready"] != self._fingerprint:
            self._live = None
            live.down.close()
            await live.end(_LEAVING)
            raise Edited("the verifier has other code than when it was read: if it was edited, begin again")

    async def judge(self, batch: bytes, count: int) -> Outcome:
        """Have a batch of `count` items judged. Never raises for what a verifier or its process does."""
        outcome = Outcome()
        try:
            if self._live is None:
                await self.start()
        except PoolError as broken:
            outcome.why, outcome.edited = str(broken), isinstance(broken, Edited)
        live = self._live
        if live is None or self._closed:
            outcome.why = outcome.why or "the pool of verifiers was closed"
            return outcome
        live.progress.set(SENT)
        watch = _Watch(live, self._deadline)
        try:
            live.down.write(batch)
            while len(outcome.verdicts) < count:
                outcome.verdicts += verdicts_from_json(await live.receive())
        except (asyncio.IncompleteReadError, OSError):
            outcome.why = "died"
        except (ValueError, TypeError, KeyError):
            outcome.why = "verifier's worker sent what is no verdict"
            live.kill()
        finally:
            watch.stop()
        if outcome.why:
            self._live = None
            index, _ = live.progress.get()
            outcome.culprit = index if len(outcome.verdicts) <= index < count else None
            outcome.overdue = watch.overdue
            ended = await live.end(_DYING)
            outcome.why = f"verifier's worker {ended}" if outcome.why == "died" else outcome.why
        return outcome

    @property
    def is_live(self) -> bool:
        return self._live is not None

    async def close(self) -> None:
        """End the process; an idle one leaves by itself."""
        self._closed = True
        live, self._live = self._live, None
        if live is not None:
            live.down.close()
            await live.end(_LEAVING)

    def kill(self) -> None:
        """End the process now, for good: a `judge` under way returns."""
        self._closed = True
        if self._live is not None:
            self._live.kill()


class _Watch:
    """Kills a worker whose item has taken longer than the deadline."""

    def __init__(self, live: _Live, deadline: float) -> None:
        self.overdue = False
        self._live, self._deadline = live, deadline
        self._loop = asyncio.get_running_loop()
        self._sent = time.monotonic()
        self._at(self._sent + deadline)

    def stop(self) -> None:
        self._timer.cancel()

    def _at(self, when: float) -> None:
        self._planned = when
        self._timer = self._loop.call_later(when - time.monotonic(), self._look)

    def _look(self) -> None:
        now = time.monotonic()
        index, since = self._live.progress.get()
        due = max(since, self._sent) + self._deadline
        if index == DONE or now - self._planned > _LATE:
            # Its answer is under way to us, or we have been stopped ourselves, and it perhaps with us.
            self._at(now + self._deadline)
        elif now < due:
            self._at(due)
        else:
            self.overdue = True
            self._live.kill()


async def _spawn() -> _Live:
    memory = _shared(Progress.size)
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "winnow.verifiers.worker", str(os.getpid()), str(memory)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(memory,),
            start_new_session=True,  # Ctrl-C reaches us alone, and we let the worker finish
            env={**os.environ, "PYTHONPATH": _path()},
        )
        progress = Progress(memory)
    except OSError as broken:
        raise PoolError(f"a verifier's worker cannot be started: {broken}") from None
    finally:
        os.close(memory)
    if process.stdin is None or process.stdout is None:
        raise PoolError("a verifier's worker has no pipes")
    return _Live(process, process.stdin, process.stdout, progress)


def batch_of(units: Sequence[tuple[bytes, str]]) -> bytes:
    """A batch as a frame: each reference once, though many completions share it."""
    references = {reference: place for place, reference in enumerate(dict.fromkeys(one for one, _ in units))}
    told = (list(references), [references[one] for one, _ in units], [completion for _, completion in units])
    return framed(pickle.dumps(told, pickle.HIGHEST_PROTOCOL))


def _shared(size: int) -> int:
    """A descriptor of `size` bytes of memory that a child process can map."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("winnow-progress")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.truncate(descriptor, size)
    return descriptor


def _path() -> str:
    """Our own import path: a worker finds what we find."""
    return os.pathsep.join(part or str(os.getcwd()) for part in sys.path)  # noqa: PTH109 - a string is wanted
