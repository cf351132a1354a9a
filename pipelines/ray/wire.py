"""What driver and workers tell each other. It is pickled; secrets are not in it, only references to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from winnow.pipelines.recipe import Recipe
from winnow.steps.engine.notes import Line
from winnow.steps.engine.standing import ServerStanding
from winnow.steps.errors import Exit
from winnow.steps.flights import At
from winnow.steps.ledger.schema import Row, Sampling
from winnow.steps.records import Choice, Group
from winnow.steps.stage import Halt

NOTHING = float("-inf")
"""The share of somebody who may ask for nothing yet."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is made for. `folder` is where the recipe's paths begin, `cpus` how many verifiers may
    work at once."""

    recipe: Recipe
    run: str
    folder: str
    cpus: int


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker can begin: who answers there, on which host, by which winnow, and what "done" means there."""

    sampling: Sampling
    host: str
    version: str
    plan: str


@dataclass(frozen=True, slots=True)
class Failed:
    """A worker came upon what is told to the user: the message, and the exit code that goes with it."""

    why: str
    code: Exit


@dataclass(slots=True)
class Share:
    """How far a worker may go, by what it has had since it began: tokens and money that it may spend, rows
    that it may find. None: as far as it likes."""

    tokens: float | None = None
    money: float | None = None
    rows: float | None = None


@dataclass(slots=True)
class Give:
    """What the driver gives: groups that are owed, the texts of those that were asked for, a new share.

    `beat` is how many seconds the worker may take before it answers. With `end` no group will follow. The
    budget is `exhausted` where all workers together have spent it.
    """

    groups: list[Group] = field(default_factory=list)
    restored: dict[str, dict[str, Choice]] = field(default_factory=dict)  # by problem and completion
    share: Share = field(default_factory=Share)
    halt: Halt | None = None
    exhausted: bool = False
    end: bool = False
    beat: float = 0.25


@dataclass(slots=True)
class Aloft:
    """A group on its way, by its problem's id in the source; seconds since it began, and since it moved."""

    source_id: str
    age: float
    at: At
    stays: float


@dataclass(slots=True)
class Took:
    """What a worker gives back.

    `rows` are by table, in the order in which they came, and of `ended` groups all are there: `True` where
    nothing more is owed. `wants` is for how many groups there is room, `lost` which problems' texts are
    needed again, `active` whether it has groups. `counts`, `tokens`, `money`, what of both were `judges`',
    and `kept` rows are sums since it began; `over` is the last word of one whose groups are all ended.
    """

    rows: list[tuple[str, list[Row]]] = field(default_factory=list)
    ended: list[tuple[str, bool]] = field(default_factory=list)
    wants: int = 0
    lost: list[str] = field(default_factory=list)
    active: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    tokens: int = 0
    money: float = 0.0
    judges: tuple[int, float] = (0, 0.0)
    kept: int | None = None
    standings: list[ServerStanding] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    flights: list[Aloft] = field(default_factory=list)
    waited: dict[At, float] = field(default_factory=dict)
    over: bool = False
    failed: Failed | None = None
