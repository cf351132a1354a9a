"""The engine whose requests gather into batches: each is answered when its batch is."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import BinaryIO

from winnow.steps.engine.batch.carrier import Carrier
from winnow.steps.engine.batch.config import BatchConfig
from winnow.steps.engine.batch.entry import Again, Batch, Book, Entry, Left, asked_by, custom_id
from winnow.steps.engine.batch.gather import Gatherer
from winnow.steps.engine.batch.provider import Provider
from winnow.steps.engine.batch.results import Line, reply_at, results_of
from winnow.steps.engine.batch.spool import Record, Spool, records_of
from winnow.steps.engine.client import Client
from winnow.steps.engine.counters import Counters
from winnow.steps.engine.deferred import Place, StillOut
from winnow.steps.engine.failures import Passing, Trouble
from winnow.steps.engine.notes import Notes
from winnow.steps.engine.probe import Features
from winnow.steps.engine.protocol import Parameters, RequestFailed
from winnow.steps.engine.reply import loads
from winnow.steps.engine.transport import Transport, spelled
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import Choice, Problem

_COMPLETIONS = 4  # that a group in flight is taken to ask for
_FEW_GROUPS = 256


class BatchEngine:
    """See `BatchConfig`; implements `Engine` and `Deferred`."""

    def __init__(self, config: BatchConfig, log_dir: Path | None) -> None:
        self.model = config.model
        self.capacity, self.most = config.concurrency, config.max_n
        self._config, self._log_dir = config, log_dir
        transport = Transport.of(config.base_url, config.api_key, config.headers, config.timeout)
        features = Features(n=config.max_n > 1, seed=config.seed, limit=config.limit)
        self._client = Client(config, transport, features=features)  # its words; it is never started
        self._provider = Provider(config, transport, self.counters)
        self.notes = Notes(log_dir / "batch.log" if log_dir else None)
        self._spool = Spool(_folder(log_dir))
        self._carrier = Carrier(self._spool, self._provider, config.poll, self.notes, self._made, self._halve)
        self._book = Book()
        self._gatherer = Gatherer(config, self._spool, self._provider.shown, self._carry)
        self._tasks: set[asyncio.Task[None]] = set()
        self._under_way: set[Batch] = set()
        self._left = False

    @property
    def counters(self) -> Counters:
        return self._client.counters

    @property
    def identity(self) -> str:
        return self._client.identity

    @property
    def out(self) -> int:
        return len(self._under_way)

    @property
    def groups(self) -> int:
        return max(_FEW_GROUPS, self._config.concurrency // _COMPLETIONS)

    @property
    def owed(self) -> int:
        return len(self._book.owed)

    def owes(self, problem: str) -> bool:
        return problem in self._book.owed

    def asked(self, problem: str, parameters: Parameters, index: int) -> int:
        entry = self._book.find(parameters.fingerprint, problem, index)
        return entry.first + entry.n - index if entry else 0

    async def start(self) -> None:
        """Take on the batches of earlier runs.

        Raises:
            EngineUnreachable: there is no batch API, or nobody may ask it.
            UsageError: what is remembered is of another provider, or broken.
        """
        try:
            records = self._spool.open()
            await self._provider.open()
            for record in records:
                await self._adopt(record)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """What is with the provider stays there; what was not sent yet is let go."""
        self._gatherer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self._provider.close()
        if self._log_dir is None:
            shutil.rmtree(self._spool.folder, ignore_errors=True)

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        """What an earlier run asked for is waited for, or taken from what was fetched, instead of asked.

        Raises:
            StillOut: the run ends before there is an answer.
        """
        choices: list[Choice] = []
        while len(choices) < n:
            try:
                choices += await self._some(problem, parameters, start + len(choices), n - len(choices))
            except RequestFailed as failure:
                self.counters.failures += 1
                failure.choices = choices
                raise
        return choices

    def leave(self) -> None:
        self._left = True
        self._gatherer.close()
        for entry in self._book.all():
            entry.tell(Left())

    def settle(self, held: Callable[[Sequence[Place]], Collection[Place]]) -> None:
        durable = set()
        for record in records_of(self._spool.folder):
            if not record.fetched:
                continue
            # one put brings a request's completions to the ledger: its first and last tell of all
            ends = {
                name: ((problem, record.place(first)), (problem, record.place(first + n - 1)))
                for name in results_of(self._spool.results(record.name)).answered
                for problem, first, n in [asked_by(name) or ("", 0, 0)]
            }
            there = set(held([place for both in ends.values() for place in both]))
            settled = {name for name, both in ends.items() if there.issuperset(both)}
            durable |= {(record.name, name) for name in settled}
            if len(settled) == len(ends):
                self._spool.drop(record.name)
        for entry in self._book.all():
            if (entry.batch.record.name, custom_id(entry.problem, entry.first, entry.n)) in durable:
                self._book.drop(entry)

    async def _some(self, problem: Problem, parameters: Parameters, first: int, n: int) -> list[Choice]:
        """One or more of the completions from `first` on, `n` at most."""
        tries = 0
        while not self._left:
            entry = self._book.find(parameters.fingerprint, problem.id, first)
            entry = entry or self._ask(problem, parameters, first, min(n, self.most))
            self._book.claim(entry)
            outcome = await asyncio.shield(entry.known)
            if isinstance(outcome, Left):
                break
            if isinstance(outcome, Line):
                try:
                    return await self._taken(entry, outcome, first, n)
                except Passing as trouble:
                    outcome = trouble
            self._book.drop(entry)
            if isinstance(outcome, Passing):
                tries += 1
                self.counters.retries += 1
            if isinstance(outcome, Trouble):
                if not isinstance(outcome, Passing) or tries > self._config.retries:
                    raise self._failed(outcome)
            elif not isinstance(outcome, Again):
                raise outcome
        raise StillOut

    async def _taken(self, entry: Entry, line: Line, first: int, n: int) -> list[Choice]:
        """What the answer has of these completions; once all of it was taken it is forgotten.

        Raises:
            Passing: it has none of them.
        """
        said = await self._client.choices(reply_at(line), entry.batch.record.seconds, entry.seed)
        found = said[: entry.n][first - entry.first :][:n]
        if not found:
            raise Passing("fewer choices than were asked for")
        entry.used += len(found)
        if entry.used >= min(entry.n, len(said)):
            self._book.drop(entry)
        return found

    def _failed(self, trouble: Trouble) -> RequestFailed:
        failure = RequestFailed(f"{self._provider.shown}: {trouble}")
        failure.passing = isinstance(trouble, Passing)
        return failure

    def _ask(self, problem: Problem, parameters: Parameters, first: int, n: int) -> Entry:
        """Put a request into the batch that gathers."""
        seed = parameters.seed_of(problem, first) if self._config.seed else None
        name = custom_id(problem.id, first, n)
        body = self._client.body(problem, parameters, n, seed)
        line = (
            spelled({"custom_id": name, "method": "POST", "url": self._provider.endpoint, "body": body})
            + b"\n"
        )
        if len(line) > self._config.max_bytes:
            raise RequestFailed(f"the request has {len(line):,} bytes, more than the engine's max_bytes")
        entry = self._gatherer.put(parameters, problem.id, first, n, seed, line)
        self._book.add(entry)
        return entry

    def _carry(self, batch: Batch, file: BinaryIO | None = None) -> None:
        """Start what brings a batch to its answers; whatever goes wrong is told to those who wait."""

        async def carry() -> None:
            try:
                if file is not None:
                    await asyncio.to_thread(self._spool.seal, batch.record, file)
                await self._carrier.carry(batch)
            except Exception as broken:  # noqa: BLE001 - raised by whoever waits
                batch.tell(broken)

        def done(task: asyncio.Task[None]) -> None:
            self._tasks.discard(task)
            self._under_way.discard(batch)

        self._under_way.add(batch)
        task = asyncio.create_task(carry())
        self._tasks.add(task)
        task.add_done_callback(done)

    async def _adopt(self, record: Record) -> None:
        """Go on with a batch of an earlier run; one that was never made is forgotten."""
        if record.where != self._provider.shown:
            raise UsageError(
                f"{self._spool.folder}: the batch {record.name} is with {record.where}, not with "
                f"{self._provider.shown}. Run once more with that base_url, or give it up: remove "
                f"{record.name}.*"
            )
        made = record.batch or (record.file and await self._carrier.recover(record))
        if not made:
            self._spool.drop(record.name)
            return
        batch = Batch(record)
        for problem, first, n, seed in await asyncio.to_thread(_asked, self._spool.requests(record.name)):
            batch.entries[custom_id(problem, first, n)] = Entry.new(batch, problem, first, n, seed)
        if record.fetched:
            await self._carrier.tell(batch, "no answer")
            answered = [one for one in batch.entries.values() if isinstance(one.known.result(), Line)]
        else:
            self._carry(batch)
            answered = list(batch.entries.values())
        for entry in answered:
            entry.owed = True
            self._book.add(entry)
        what = "fetched" if record.fetched else "taken on"
        self.notes(f"{record.name}: {what} by an earlier run, {len(answered)} of {record.requests} requests")

    def _made(self) -> int:
        return sum(batch.record.batch is not None for batch in self._under_way)

    def _halve(self, requests: int) -> None:
        self._gatherer.most = max(1, requests // 2)
        self.notes(f"batches have at most {self._gatherer.most} requests from now on")


def _folder(log_dir: Path | None) -> Path:
    return log_dir.parent / "batches" if log_dir else Path(tempfile.mkdtemp(prefix="winnow-batches-"))


def _asked(path: Path) -> list[tuple[str, int, int, int | None]]:
    """Of each request in a file of ours: problem, first index, number of completions, seed.

    Raises:
        MissingError: it is gone, or broken.
    """
    found = []
    try:
        with path.open("rb") as file:
            for raw in file:
                value = loads(raw)
                asked = asked_by(value["custom_id"])
                if asked is not None:
                    found.append((*asked, value["body"].get("seed")))
    except (OSError, Passing, TypeError, KeyError, AttributeError) as broken:
        raise MissingError(
            f"{path} cannot be read ({broken}): to give its batch up, remove {path.stem}.*"
        ) from None
    return found
