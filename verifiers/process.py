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
_LEAVE = 1.0  # seconds that a worker has to leave when nothing more will be asked of it


class PoolError(RuntimeError):
    """The pool cannot judge: its workers do not start, or it was closed."""


@dataclass(slots=True)
class Outcome:
    """How far a worker came with a batch.

    `verdicts` are those of the first items, in order; fewer than the batch holds means that the worker is
    gone, `why`. `culprit` is then the item that it was judging, and `overdue` that it was killed for that.
    """

    verdicts: list[Verdict] = field(default_factory=list)
    why: str = ""
    culprit: int | None = None
    overdue: bool = False


class Worker:
    """A place for one worker process; `judge` starts a new one where the last has died."""

    def __init__(self, setup: dict[str, Any], deadline: float) -> None:
        self._setup = framed(pickle.dumps(setup, pickle.HIGHEST_PROTOCOL))
        self._deadline = deadline
        self._process: asyncio.subprocess.Process | None = None
        self._progress: Progress | None = None
        self._overdue = False
        self._planned = self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises:
            PoolError: it does not get ready; says what it said.
        """
        memory = _shared(Progress.size)
        try:
            self._progress = Progress(memory)
            # A session of its own: Ctrl-C reaches us, and we let the worker finish.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "winnow.verifiers.worker", str(os.getpid()), str(memory),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, pass_fds=(memory,),
                start_new_session=True, env={**os.environ, "PYTHONPATH": _path()},
            )  # fmt: skip
        except OSError as broken:
            raise PoolError(f"a verifier's worker cannot be started: {broken}") from None
        finally:
            os.close(memory)
        self._write(self._setup)
        try:
            async with asyncio.timeout(_START):
                answer = json.loads(await self._read())
        except (asyncio.IncompleteReadError, TimeoutError):
            raise PoolError(f"a verifier's worker did not get ready: it {await self._end()}") from None
        if "error" in answer:
            await self._end()
            raise PoolError(f"a verifier's worker cannot load the verifier: {answer['error']}")

    async def judge(self, batch: bytes, count: int) -> Outcome:
        """Have a batch of `count` items judged. Never raises for what a verifier or its process does."""
        outcome = Outcome()
        if self._process is None:
            try:
                await self.start()
            except PoolError as broken:
                outcome.why = str(broken)
                return outcome
        assert self._progress is not None  # start() has set it
        self._progress.set(SENT)
        self._overdue = False
        self._since = time.monotonic()
        self._watch_at(self._since + self._deadline)
        try:
            self._write(batch)
            while len(outcome.verdicts) < count:
                outcome.verdicts += verdicts_from_json(await self._read())
        except (asyncio.IncompleteReadError, OSError):
            outcome.why = "died"
        except (ValueError, TypeError, KeyError):
            outcome.why = "sent what is no verdict"
        finally:
            if self._timer is not None:
                self._timer.cancel()
        if outcome.why:
            index, _ = self._progress.get()
            outcome.culprit = index if len(outcome.verdicts) <= index < count else None
            outcome.overdue = self._overdue
            outcome.why = await self._end()
        return outcome

    async def close(self, *, at_once: bool = False) -> None:
        """End the process: it may leave by itself within a second, unless it shall go `at_once`."""
        process = self._process
        if process is None:
            return
        if at_once:
            process.kill()
        elif process.stdin is not None:
            process.stdin.close()
        await self._end(_LEAVE)

    def kill(self) -> None:
        """End the process now; a `judge` under way returns."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()

    def _watch_at(self, when: float) -> None:
        self._planned = when
        self._timer = asyncio.get_running_loop().call_later(when - time.monotonic(), self._watch)

    def _watch(self) -> None:
        if self._progress is None:
            return
        now = time.monotonic()
        index, since = self._progress.get()
        due = max(since, self._since) + self._deadline
        if index == DONE or now - self._planned > _LATE:
            self._watch_at(now + self._deadline)
        elif now < due:
            self._watch_at(due)
        else:
            self._overdue = True
            self.kill()

    def _write(self, content: bytes) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(content)

    async def _read(self) -> bytes:
        if self._process is None or self._process.stdout is None:
            raise asyncio.IncompleteReadError(b"", None)
        (length,) = LENGTH.unpack(await self._process.stdout.readexactly(LENGTH.size))
        if length > LONGEST_REPLY:
            raise ValueError("a reply of that length is none")
        return await self._process.stdout.readexactly(length)

    async def _end(self, patience: float = 0.1) -> str:
        """See the process out, by force where it does not leave, and say how it ended."""
        process, self._process = self._process, None
        if self._progress is not None:
            self._progress.close()
            self._progress = None
        if process is None:
            return "was not there"
        try:
            async with asyncio.timeout(patience):
                code = await process.wait()
        except TimeoutError:
            process.kill()
            code = await process.wait()
        return f"died (signal {-code})" if code < 0 else f"ended (exit code {code})"


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
