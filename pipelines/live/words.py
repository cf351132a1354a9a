"""A snapshot in words: what the terminal, the log and the dashboard say alike."""

from __future__ import annotations

from collections.abc import Sequence

from winnow.pipelines.live.snapshot import Flight, Server, Snapshot
from winnow.pipelines.terminal import printable

_BARS = "▁▂▃▄▅▆▇█"
_LONG = 30.0  # seconds in flight that are worth a word
NAME = 40
"""Characters of a name that are shown."""


def clock(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> clock(75), clock(7300)
    ('1:15', '2:01:40')
    """
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def problems(seen: Snapshot) -> str:
    """How many of the problems are finished; where the run wants rows, they need not be."""
    of = "" if seen.total is None else f"/{seen.total:,}"
    return f"{seen.finished:,}{of} problems{' finished' if seen.target else ''}"


def counts(seen: Snapshot) -> list[str]:
    """What came, how good it is, how fast, and what it cost."""
    rate = seen.average if seen.phase == "ended" else seen.rate
    return _some(
        f"{seen.completions:,} candidates",
        f"{100 * seen.pass_rate:.0f}% pass" if seen.pass_rate is not None else "",
        f"{rate:,.0f} tokens/s" if seen.tokens else "",
        cost(seen),
    )


def rows(seen: Snapshot) -> str:
    """Rows that are kept, of those that are wanted."""
    if seen.rows is None:
        return ""
    return f"{seen.rows:,}/{seen.target:,} rows" if seen.target else f"{seen.rows:,} rows"


def cost(seen: Snapshot) -> str:
    """What was spent, and what will have been."""
    if not seen.spent:
        return ""
    projected = f" of some {seen.projected:.3g}" if seen.projected is not None else ""
    judges = f", {seen.judges:.4g} by judges" if seen.judges else ""
    return f"{seen.spent:.4g} spent{projected}{judges}"


def troubles(seen: Snapshot) -> list[str]:
    """What went wrong, and what is waited for long."""
    batches = f"waiting for {seen.batches} {'batch' if seen.batches == 1 else 'batches'}"
    errors = seen.verdicts.get("error", 0)
    return _some(
        batches if seen.batches else "",
        f"{errors:,} verifier errors" if errors else "",
        f"{seen.unscored:,} scorer errors" if seen.unscored else "",
        f"{seen.unpaid:,} rewards unpaid" if seen.unpaid else "",
        f"{seen.failed:,} failed" if seen.failed else "",
        f"{seen.bad:,} rows left out" if seen.bad else "",
    )


def time_left(seen: Snapshot) -> str:
    """How long it will take."""
    if seen.halt:
        return f"{seen.halt}: nothing more is asked"
    return f"{clock(seen.left)} left" if seen.left else ""


def waiting(seen: Snapshot) -> str:
    """How many groups wait for what."""
    return ", ".join(f"{one.groups} at the {one.at}" for one in seen.waits if one.groups)


def slow(seen: Snapshot) -> list[str]:
    """What is slow: a server beside the others, a problem that takes long."""
    return _some(
        f"slowest: {_server(one)}" if (one := seen.slowest) is not None else "",
        f"longest: {_flight(longest[0])}" if (longest := _long(seen.longest)) else "",
    )


def line(seen: Snapshot) -> list[str]:
    """Everything that is known, in parts."""
    finished, ended = problems(seen), seen.phase == "ended"
    now = [] if ended else [waiting(seen), *slow(seen)]
    phase = [] if ended or seen.phase in ("sampling", "judging") else [seen.phase]
    return _some(
        finished,
        *phase,
        rows(seen),
        *counts(seen),
        *troubles(seen),
        clock(seen.seconds),
        time_left(seen),
        *now,
    )


def wrapped(parts: Sequence[str], width: int) -> str:
    """Parts on as few lines as they need; what is wider even so is cut.

    >>> print(wrapped(["8/8 problems", "32 candidates", "50% pass"], 30))
    8/8 problems · 32 candidates
      50% pass
    """
    lines = [""]
    for part in parts:
        longer = f"{lines[-1]} · {part}" if lines[-1] else part
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(f"  {part}")
    return "\n".join(one[:width] for one in lines)


def sparkline(values: Sequence[float], width: int) -> str:
    """The last values as bars, of which the highest is full.

    >>> sparkline([0.0, 1.0, 2.0, 4.0], 3)
    '▃▅█'
    """
    shown = values[-width:] if width > 0 else []
    most = max(shown, default=0.0)
    top = len(_BARS) - 1
    return "".join(_BARS[round(top * value / most)] if most else _BARS[0] for value in shown)


def named(text: str, most: int = NAME) -> str:
    """A name that others gave, on one line and short.

    >>> named("p\\n\\x1b[31m1")
    'p �[31m1'
    """
    return printable(" ".join(text.splitlines()), most)


def _server(one: Server) -> str:
    if not one.up:
        return f"{named(one.name)} is down"
    return f"{named(one.name)}, {one.usual:.1f} s a request" if one.usual else named(one.name)


def _flight(one: Flight) -> str:
    return f"{named(one.problem)}, {clock(one.seconds)} at the {one.at}"


def _long(flights: Sequence[Flight]) -> list[Flight]:
    return [one for one in flights if one.seconds >= _LONG]


def _some(*parts: str) -> list[str]:
    return [part for part in parts if part]
