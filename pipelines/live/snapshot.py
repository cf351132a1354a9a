"""What a run knows of itself at one moment: written by it about once a second, read by whoever looks on.

It holds counts, names of servers and problems, and what servers said went wrong; no completion, no secret.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Told):
    """A server of the engine. Counts are of this run, `rate` is tokens of completions a second, `usual`
    seconds that a request took, both of the last half a minute; `limit` and `in_flight` are completions."""

    name: str
    up: bool
    in_flight: int
    limit: int
    requests: int
    retries: int
    failures: int
    tokens: int
    rate: float
    usual: float | None
    trouble: str


class Wait(_Told):
    """How many groups wait for something now, and for how many seconds groups have waited for it in sum."""

    at: str
    groups: int
    seconds: float


class Flight(_Told):
    """A problem, by its id in the source, that is on its way: for how long, and what it waits for now."""

    problem: str
    at: str
    seconds: float


class Event(_Told):
    """Something that happened, `at` seconds since 1970."""

    at: float
    text: str


class Snapshot(_Told):
    """A run at one moment. Times are seconds since 1970; counts are of this run, where nothing else is said.

    Attributes:
        name: of the recipe.
        run: of this execution.
        phase: what it does: `starting`, `sampling`, `judging`, `building`, `ended`.
        began, at: when it did, and when this was so.
        seconds: from the beginning of sampling to its end, or to now.
        total: problems of the source, or None where it does not tell.
        done, skipped, bad: problems finished by this run, by earlier ones, and rows that are no problems.
        completions, tokens: that came, and their tokens.
        before: completions that the ledger had before.
        verdicts: on completions, by status.
        failed: completions whose request failed for good.
        unscored: completions on which the scorer failed.
        unpaid: rewards of judges that are owed, since the budget is spent.
        rows, target: rows that the recipe asks for, over all runs, where they are counted; how many it wants.
        money, spent, judges: what this run cost, what all runs did, and what of that judges took.
        projected: what all runs will have cost in the end, if it goes on like this.
        rate: tokens of completions a second, of the last half a minute.
        left: seconds until the end, if it goes on like this.
        batches: that are with a provider.
        halt: why nothing more is asked, where that is so.
        history: tokens a second, one number for every two seconds, of two minutes.
        servers, waits, longest, events: see there; of flights and events the first few.
    """

    name: str
    run: str
    pid: int
    host: str
    phase: str
    began: float
    at: float
    seconds: float
    total: int | None
    done: int
    skipped: int
    bad: int
    completions: int
    tokens: int
    before: int
    verdicts: dict[str, int]
    failed: int
    unscored: int = 0
    unpaid: int = 0
    rows: int | None
    target: int | None
    money: float
    spent: float
    judges: float = 0.0
    projected: float | None
    rate: float
    left: float | None
    batches: int
    halt: str | None
    history: tuple[float, ...] = Field(max_length=60)
    servers: tuple[Server, ...]
    waits: tuple[Wait, ...]
    longest: tuple[Flight, ...]
    events: tuple[Event, ...]

    @property
    def finished(self) -> int:
        """Problems to which nothing more is owed."""
        return self.done + self.skipped

    @property
    def share(self) -> tuple[int, int] | None:
        """How far it has come and how far it goes: in rows where it wants some, else in problems, where
        their number is known."""
        if self.target and self.rows is not None:
            return min(self.rows, self.target), self.target
        return (min(self.finished + self.bad, self.total), self.total) if self.total else None

    @property
    def judged(self) -> int:
        """Completions that were judged right or wrong."""
        return self.verdicts.get("pass", 0) + self.verdicts.get("fail", 0)

    @property
    def pass_rate(self) -> float | None:
        """The share of right ones among them, where there are any."""
        return self.verdicts.get("pass", 0) / self.judged if self.judged else None

    @property
    def average(self) -> float:
        """Tokens of completions a second, since sampling began."""
        return self.tokens / self.seconds if self.seconds > 0 else 0.0

    @property
    def slowest(self) -> Server | None:
        """Of several servers the one that is down, or whose requests take longest."""
        if len(self.servers) < 2 or self.phase == "starting":
            return None
        return max(self.servers, key=lambda one: (not one.up, one.usual or 0.0))


def read_snapshot(path: Path) -> Snapshot | None:
    """What is in the file; None where there is none, or none that we know."""
    try:
        return Snapshot.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
