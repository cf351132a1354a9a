"""A run as `winnow watch` finds it: going on, or ended, with what it last said of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.live.snapshot import Snapshot, read_snapshot
from winnow.pipelines.live.words import named
from winnow.pipelines.status import counts_in, live_snapshot, state_of, told_running


@dataclass(frozen=True, slots=True)
class Watched:
    """`state` in words, and whether it `goes_on`; `counts` are the ledger's, of a run that does not."""

    name: str
    state: str
    goes_on: bool
    seen: Snapshot | None
    counts: Mapping[str, int | float] = field(default_factory=dict)


def watched(folder: RunFolder) -> Watched | None:
    """The run, where it goes on: cheap, takes no lock, writes nothing."""
    owner = folder.owner()
    if owner is None:
        return None
    seen = live_snapshot(folder, owner)
    return Watched(folder.path.name, told_running(owner, seen), True, seen)


def ended(folder: RunFolder) -> Watched:
    """The run, where it does not: its ledger is counted, which may take a while."""
    seen, state = read_snapshot(folder.progress), named(state_of(folder), 200)
    return Watched(folder.path.name, state, False, seen, counts_in(folder))
