"""A run's folder: who holds it, which recipe made it, what it says of itself."""

from __future__ import annotations

import json
import os
import platform
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import winnow
from winnow.pipelines.identity import differences
from winnow.pipelines.recipe import Recipe
from winnow.steps.errors import LockedError, MissingError, UsageError

_LIBRARIES = ("distilabel", "polars", "deltalake", "pyarrow", "datasets")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`<runs-dir>/<name>`, with `ledger/`, `datasets/`, `logs/`, `manifest.json` and `lock`."""

    path: Path

    @property
    def ledger(self) -> Path:
        return self.path / "ledger"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    def make(self) -> None:
        """Make the folder, and see that it can be written.

        Raises:
            MissingError: it cannot.
        """
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            probe = self.path / f".probe.{os.getpid()}"
            probe.write_bytes(b"\0")
            probe.unlink()
        except OSError as broken:
            raise MissingError(
                f"the run's folder {self.path} cannot be written: {broken.strerror}. "
                "Make room, mend its permissions, or name another with --runs-dir"
            ) from None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the folder, so that no other run writes to it; let go even when killed.

        Raises:
            LockedError: another run holds it.
        """
        from filelock import FileLock, Timeout

        owner = self.path / "owner.json"
        lock = FileLock(self.path / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise LockedError(
                f"another run holds {self.path}: {_told_owner(owner)}. Wait for it, or end it"
            ) from None
        except OSError as broken:
            raise MissingError(f"{self.path / 'lock'} cannot be locked: {broken.strerror}") from None
        try:
            write_json(owner, {"pid": os.getpid(), "host": socket.gethostname(), "since": _now()})
            yield
        finally:
            owner.unlink(missing_ok=True)
            lock.release()

    def is_held(self) -> bool:
        """Whether a run holds the folder, by what its owner wrote: asking takes no lock from anybody.

        An owner on another host is believed; one on this host must be alive.
        """
        try:
            owner = json.loads((self.path / "owner.json").read_text(encoding="utf-8"))
            if owner["host"] == socket.gethostname():
                os.kill(int(owner["pid"]), 0)
        except PermissionError:
            return True  # alive, and somebody else's
        except (OSError, ValueError, KeyError, TypeError):
            return False
        return True

    def read_manifest(self) -> dict[str, Any] | None:
        """The manifest, or None where there is none yet.

        Raises:
            UsageError: there is one, and it is broken.
        """
        try:
            found = json.loads(self.manifest.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as broken:
            raise UsageError(f"{self.manifest} cannot be read: {broken}") from None
        if not isinstance(found, dict) or not isinstance(found.get("recipe"), dict):
            raise UsageError(f"{self.manifest} is no manifest of a run: expected an object with `recipe`")
        return found

    def claim(self, recipe: Recipe) -> None:
        """Write the recipe into the manifest, if the folder is new or the recipe may go on in it.

        A recipe may go on when it asks the same questions of the same model in the same way: how often it
        asks, who judges and what is built may change.

        Raises:
            UsageError: the folder was made by another recipe.
        """
        before = self.read_manifest()
        if before is not None:
            changed = differences(before["recipe"], recipe.told)
            if changed:
                raise UsageError(
                    f"{self.path} was made by another recipe: {'; '.join(changed)}. "
                    "Give this one another `name` or another --runs-dir, or remove the folder"
                )
        created = before["created_at"] if before else _now()
        self.update(
            {
                **(before or {}),
                "name": recipe.name,
                "recipe": recipe.told,
                "fingerprint": recipe.fingerprint,
                "versions": _versions(),
                "created_at": created,
            }
        )

    def claim_sampling(self, sampling: dict[str, str]) -> None:
        """Write down which model answers and how it is asked; both are known once the engine has started.

        Raises:
            UsageError: what the ledger holds was answered by another model under the same name.
        """
        before = (self.read_manifest() or {}).get("sampling")
        if before is not None and before != sampling:
            raise UsageError(
                f"{self.path} was made with another model: what stands behind {sampling['model']!r} changed. "
                "Give this recipe another `name` or another --runs-dir, or remove the folder"
            )
        self.update({"sampling": sampling})

    def update(self, told: dict[str, Any]) -> None:
        """Write keys into the manifest, the others as they were."""
        write_json(self.manifest, {**(self.read_manifest() or {}), **told})


def write_json(path: Path, told: dict[str, Any]) -> None:
    """Write JSON in one step: a reader finds the old file or the new one.

    Raises:
        MissingError: it cannot be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        scratch.replace(path)
    except OSError as broken:
        raise MissingError(f"{path} cannot be written: {broken.strerror}") from None


def _told_owner(path: Path) -> str:
    try:
        owner = json.loads(path.read_text(encoding="utf-8"))
        return f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "it has not said who it is"


def _versions() -> dict[str, str]:
    found = {name: version(name) for name in _LIBRARIES}
    return {"winnow": winnow.__version__, "python": platform.python_version(), **found}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
