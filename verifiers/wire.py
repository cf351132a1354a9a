"""What a pool and its workers say to each other.

A frame is its length (8 bytes, little-endian) and that many bytes. Down goes pickle, since a reference may
hold anything; up comes JSON, since the parent trusts nothing that hostile text has been near. Beside the
pipes both share 16 bytes: which item of the batch is being judged, and since when on the monotonic clock.
"""

from __future__ import annotations

import json
import mmap
import struct
import time
from collections.abc import Iterable, Sequence
from functools import lru_cache

from winnow.verifiers.verdict import Status, Verdict

LENGTH = struct.Struct("<Q")
LONGEST_REPLY = 64 * 1024 * 1024
_PROGRESS = struct.Struct("<qd")
_STATUSES = {status.value: status for status in Status}

SENT = -1
"""Progress of a batch that was sent and not begun."""
DONE = -2
"""Progress of a batch whose last item was judged."""


class Progress:
    """The shared 16 bytes: the worker writes while it judges, the parent looks when a deadline nears."""

    size = _PROGRESS.size

    def __init__(self, descriptor: int) -> None:
        self._map = mmap.mmap(descriptor, self.size)

    def set(self, index: int) -> None:
        _PROGRESS.pack_into(self._map, 0, index, time.monotonic())

    def get(self) -> tuple[int, float]:
        """The item that is being judged (or SENT, or DONE), and when that began."""
        index, since = _PROGRESS.unpack_from(self._map)
        return index, since

    def close(self) -> None:
        self._map.close()


def framed(content: bytes) -> bytes:
    return LENGTH.pack(len(content)) + content


def verdicts_to_json(verdicts: Iterable[Verdict]) -> bytes:
    """Verdicts as a JSON array; one that JSON cannot hold becomes an error that says so."""
    rows = [(one.status, one.score, one.reason, one.extracted, one.results) for one in verdicts]
    try:
        return json.dumps(rows).encode()
    except (TypeError, ValueError):
        return json.dumps([_checked(row) for row in rows]).encode()


def verdicts_from_json(content: bytes) -> list[Verdict]:
    """What `verdicts_to_json` told.

    Raises:
        ValueError, TypeError, KeyError: it is something else.
    """
    return [_verdict(*row) for row in json.loads(content)]


@lru_cache(1024)  # the completions of one problem have few verdicts among them
def _verdict(status: str, score: float | None, reason: str, extracted: str | None, results: str) -> Verdict:
    return Verdict(_STATUSES[status], score, reason, extracted, results)


def _checked(row: Sequence[object]) -> Sequence[object]:
    try:
        json.dumps(row)
    except (TypeError, ValueError) as broken:
        return (Status.ERROR, None, f"the verdict cannot be told: {broken}", None, "")
    return row
