"""Who holds a place in a store: one process, by an object that it writes again every few seconds.

The object is made only where there is none, and replaced only where it is the version that was read, so that
of two who come at once one has it. Whoever does not write it for a minute, by the store's own clock, is taken
for dead; clocks of the hosts do not matter. A release is written too, never deleted: an object can be deleted
unseen by whoever just took it over.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from winnow.steps.errors import LockedError, MissingError
from winnow.steps.storage.bucket import Bucket

NAME = "lease.json"
SILENT = 60.0
"""Seconds after which a holder that says nothing is taken for dead."""
_EVERY = 10.0  # seconds between two signs of life
_PROBE = "lease.clock"


class Lease:
    """Holds a place while its body runs.

    Args:
        bucket: the place.
        mine: what is told of this process; `token`, its own, is added.
        told: who that is, as a message says it.
        is_dead: whether the process that some other `mine` tells of is known to be dead.
        on_beat: called at every sign of life, on another thread; and once more at the end.
        on_lost: called with the reason, on another thread, when the place is ours no more.
    """

    def __init__(
        self,
        bucket: Bucket,
        mine: Mapping[str, Any],
        *,
        told: Callable[[Mapping[str, Any]], str],
        is_dead: Callable[[Mapping[str, Any]], bool],
        on_beat: Callable[[], None],
        on_lost: Callable[[str], None],
    ) -> None:
        self._bucket = bucket
        self._mine = {**mine, "token": secrets.token_hex(8)}
        self._told, self._is_dead = told, is_dead
        self._on_beat, self._on_lost = on_beat, on_lost
        self._heard = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> Self:
        """Take the place.

        Raises:
            LockedError: another holds it.
            MissingError: the store cannot be reached, or refuses.
        """
        self._take()
        self._heard = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        with suppress(MissingError):  # whoever comes next waits until we are silent
            self._on_beat()
            found = self._bucket.look(NAME)
            if found is not None and self._is_mine(_object(found[0])):
                self._bucket.replace(NAME, _text({**self._mine, "released": True}), found[1])

    def _take(self) -> None:
        found = self._bucket.look(NAME)
        if found is None:
            if self._bucket.create(NAME, _text(self._mine)):
                return
        else:
            other, version = _object(found[0]), found[1]
            free = other.get("released") or self._is_dead(other)
            if not free and self._now() - version.at.timestamp() <= SILENT:
                raise self._refusal(other)
            if self._bucket.replace(NAME, _text(self._mine), version):
                return
        raise self._refusal(_object(self._bucket.get(NAME)))

    def _refusal(self, other: Mapping[str, Any]) -> LockedError:
        return LockedError(
            f"another run holds {self._bucket.url}: {self._told(other)}. Wait for it, or end it. It is taken "
            f"for dead once it was silent for {SILENT:.0f} seconds"
        )

    def _now(self) -> float:
        """What the clock of the store says."""
        self._bucket.put(_PROBE, b"")
        found = self._bucket.look(_PROBE)
        return found[1].at.timestamp() if found else time.time()

    def _beat(self) -> None:
        pause = min(_EVERY, 1.0)  # whoever looks on sees soon what goes on
        while not self._over.wait(pause):
            pause = _EVERY
            try:
                if why := self._renewed():
                    self._on_lost(why)
                    return
                self._on_beat()
            except MissingError as broken:
                if time.monotonic() - self._heard > SILENT / 2:
                    self._on_lost(f"could not be written for half a minute: {broken}")
                    return

    def _renewed(self) -> str:
        """Say that we are there; why we are not, if somebody else is."""
        found = self._bucket.look(NAME)
        if found is None:
            return "has no lease any more: was it removed?"
        other = _object(found[0])
        if not self._is_mine(other):
            return f"was taken over by {self._told(other)}"
        # What it says changes, so that a store that compares content sees another version.
        if self._bucket.replace(NAME, _text({**self._mine, "at": time.time()}), found[1]):
            self._heard = time.monotonic()
        return ""

    def _is_mine(self, other: Mapping[str, Any]) -> bool:
        return bool(other.get("token") == self._mine["token"])


def holder(bucket: Bucket) -> Mapping[str, Any] | None:
    """What is told of whoever holds a place, by this host's clock; None where nobody does."""
    found = bucket.look(NAME)
    if found is None:
        return None
    other = _object(found[0])
    silent = time.time() - found[1].at.timestamp()
    return None if other.get("released") or silent > SILENT or not other else other


def _text(told: Mapping[str, Any]) -> bytes:
    return json.dumps(told).encode()


def _object(text: bytes | None) -> dict[str, Any]:
    try:
        found = json.loads(text or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
