"""A run whose home is an object store: what lies there, and what the folder that works for it keeps.

    s3://bucket/runs/sums/     ledger/, manifest.json, versions.json, builds/<id>/, progress.json, lease.json
    runs/s3/bucket/runs/sums/  on this machine: logs, lock, datasets as they are built, copies of the rest

The store is the truth. The manifest there is written last, when all that it names is there.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from winnow.pipelines.hold import Hold, Owner
from winnow.steps.build.place import BUILDS, LINK, turn_to
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.files import replace_file
from winnow.steps.storage.bucket import Bucket
from winnow.steps.storage.lease import Lease, holder
from winnow.steps.storage.url import HOME

MANIFEST = "manifest.json"
_FILES = ("versions.json",)
_PROGRESS = "logs/progress.json"


class Home:
    """The place of a run at `url`, and the folder `work` that works for it."""

    def __init__(self, url: str, work: Path) -> None:
        self.url, self._work, self._bucket = url, work, Bucket(url)

    def settle_in(self) -> None:
        """Have the folder say whom it works for.

        Raises:
            UsageError: a run lies in it, or it works for another.
            MissingError: it cannot be written.
        """
        if (self._work / "ledger").exists():
            raise UsageError(
                f"{self._work} is a run of its own, and cannot work for {self.url}: move it away"
            )
        try:
            self._work.mkdir(parents=True, exist_ok=True)
            (self._work / HOME).write_text(f"{self.url}\n", encoding="utf-8")
        except OSError as broken:
            raise MissingError(
                f"{self._work} cannot be written: {broken.strerror}. A run in a store works in a folder "
                "below the current one: make room there, or run somewhere else"
            ) from None

    @contextmanager
    def held(self, hold: Hold) -> Iterator[None]:
        """Hold the place while the body runs, beside the folder; its manifest is the store's from then on.

        Raises:
            LockedError: another process holds it.
            MissingError: the store cannot be reached.
        """
        with Lease(
            self._bucket,
            asdict(hold.owner),
            told=lambda other: _owner(other).told,
            is_dead=_is_dead,
            on_beat=self._tell_progress,
            on_lost=lambda why: hold.lose(f"{self.url} {why}"),
        ):
            self.fetch()
            yield

    def owner(self) -> Owner | None:
        """Who holds the place."""
        told = holder(self._bucket)
        return None if told is None else _owner(told)

    def fetch(self) -> bool:
        """Have the folder know what the store tells of the run; whether there is one."""
        for name in (*_FILES, MANIFEST):
            self.fetch_file(name)
        return (self._work / MANIFEST).is_file()

    def fetch_file(self, name: str) -> None:
        """Have the folder's file be the store's: somebody on another machine may have written it."""
        found = self._bucket.get(name)
        if found is None:
            (self._work / name).unlink(missing_ok=True)
        else:
            _replace(self._work / name, found)

    def fetch_progress(self) -> None:
        """Have the folder know what whoever holds the place last said of itself."""
        if found := self._bucket.get("progress.json"):
            (self._work / "logs").mkdir(parents=True, exist_ok=True)
            _replace(self._work / _PROGRESS, found)

    def put(self, name: str) -> None:
        """Write a file of the folder to the store."""
        self._bucket.put(name, (self._work / name).read_bytes())

    def put_build(self) -> None:
        """Write the folder's datasets: files first, what tells of them last. The build before stays, and no
        other; readers of the manifest see the old one until it is written."""
        folder = (self._work / LINK).resolve()
        before = str(self._manifest().get("build", {}).get("id", ""))
        there = set(self._bucket.names(f"{BUILDS}/"))
        paths = sorted((one for one in folder.rglob("*") if one.is_file()), key=_told_last)
        for path in paths:
            name = f"{BUILDS}/{folder.name}/{path.relative_to(folder).as_posix()}"
            if name not in there or path.suffix != ".parquet":  # the id is the hash of the datasets
                self._bucket.put(name, path)
        self._bucket.drop(*(name for name in there if name.split("/")[1] not in (folder.name, before)))

    def has_build(self, build: str) -> bool:
        """Whether a build is there, as a whole."""
        return self._bucket.get(f"{BUILDS}/{build}/{MANIFEST}") is not None

    def fetch_build(self) -> None:
        """Have the folder's datasets be those that the store's manifest names, where there are some.

        Raises:
            MissingError: the store does not hold what it says that it holds.
        """
        build = str(self._manifest().get("build", {}).get("id", ""))
        if not build:
            return
        kept = {
            name.split("/")[1] for name in self._bucket.names(f"{BUILDS}/") if name.endswith(f"/{MANIFEST}")
        }
        for one in [*sorted(kept - {build}), build]:  # the newest last: links are turned to it
            self._fetch(one)
            turn_to(one, self._work)

    def _fetch(self, build: str) -> None:
        target = self._work / BUILDS / build
        if (target / MANIFEST).is_file():
            return
        scratch = self._work / BUILDS / f".{os.getpid()}"
        shutil.rmtree(scratch, ignore_errors=True)
        try:
            for name in self._bucket.names(f"{BUILDS}/{build}/"):
                path = scratch / name.removeprefix(f"{BUILDS}/{build}/")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(self._bucket.get(name) or b"")
            scratch.rename(target)
        except OSError as broken:
            shutil.rmtree(scratch, ignore_errors=True)
            raise MissingError(f"{target} cannot be written: {broken.strerror}") from None

    def _tell_progress(self) -> None:
        with suppress(FileNotFoundError):
            self._bucket.put("progress.json", (self._work / _PROGRESS).read_bytes())

    def _manifest(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(self._bucket.get(MANIFEST) or b"{}")
        except ValueError:
            raise UsageError(f"{self.url}/{MANIFEST} is no manifest of a run: expected an object") from None
        return found


def _told_last(path: Path) -> tuple[bool, str]:
    return path.name == MANIFEST, str(path)


def _owner(told: Mapping[str, Any]) -> Owner:
    try:
        return Owner(
            int(told["pid"]),
            str(told["host"]),
            float(told["since"]),
            str(told.get("user", "")),
            told.get("began"),
            str(told.get("token", "")),
            str(told.get("processes", "")),
        )
    except (KeyError, TypeError, ValueError):
        return Owner(0, "a host that has not said who it is", 0.0)


def _is_dead(told: Mapping[str, Any]) -> bool:
    """Whether it was a process of this machine that is gone, or an earlier time of this very process, which
    could not let go: others are never presumed dead."""
    owner = _owner(told)
    return owner.is_seen and (owner.pid == os.getpid() or not owner.lives)


def _replace(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    except OSError as broken:
        raise MissingError(f"{path} cannot be written: {broken.strerror}") from None
