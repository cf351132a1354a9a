"""The snapshot as a file in the run's folder: what `winnow status` and `winnow watch` read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from winnow.pipelines.live.snapshot import Snapshot
from winnow.steps.files import replace_file


class StatusFile:
    """Replaced about once a second. What cannot be written is tried again: a full disk may get room."""

    every = 1.0

    def __init__(self, path: Path) -> None:
        self._path = path

    def show(self, snapshot: Snapshot) -> None:
        with suppress(OSError):
            replace_file(self._path, snapshot.model_dump_json())

    begin = end = show
