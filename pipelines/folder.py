"""A run's folder: who holds it, which recipe made it, what it says of itself."""

from __future__ import annotations

import json
import os
import platform
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import winnow
from winnow.pipelines.hold import LOCK, OWNER, Hold, Owner, owner_of
from winnow.pipelines.identity import differences
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.files import write_json
from winnow.steps.storage.url import home_of, is_url, ledger_of, place_of, work_folder

if TYPE_CHECKING:
    from winnow.pipelines.home import Home
    from winnow.pipelines.recipe import Recipe

PROGRESS = "progress.json"
_ADDRESS = re.compile(r"%[0-9A-Fa-f]{2}|[\[\]]")
_LIBRARIES = ("distilabel", "polars", "deltalake", "pyarrow", "datasets")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`<runs-dir>/<name>`, with `ledger/`, `datasets/`, `logs/`, `manifest.json` and `lock`; or a folder that
    works for a run in an object store, whose URL the file `home` tells."""

    path: Path

    @classmethod
    def below(cls, runs: str | Path, name: str) -> RunFolder:
        """The folder of the run of this name below a folder or a URL.

        Raises:
            UsageError: the URL is no place in a store, or the folder that would work for it is taken.
        """
        if not is_url(runs):
            return cls(Path(runs) / name)
        from winnow.pipelines.home import Home

        url = place_of(f"{str(runs).rstrip('/')}/{name}")
        Home(url, work_folder(url)).settle_in()
        return cls(work_folder(url))

    @property
    def home(self) -> Home | None:
        """The run's place in an object store, where it has one."""
        if (url := home_of(self.path)) is None:
            return None
        from winnow.pipelines.home import Home

        return Home(url, self.path)

    @property
    def named(self) -> str:
        """Where the run lies, as one would name it."""
        return home_of(self.path) or str(self.path)

    @property
    def ledger(self) -> str | Path:
        return ledger_of(self.path)

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def batches(self) -> Path:
        """Where an engine of batches remembers them, while there are any."""
        return self.path / "batches"

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    def make(self) -> None:
        """Make the folder.

        Raises:
            MissingError: it cannot be made.
            UsageError: its name is one that Delta tables cannot have.
        """
        if refused := _ADDRESS.search(str(self.path.absolute())):
            raise UsageError(
                f"the run's folder {self.path} has {refused[0]!r} in its path, which Delta tables take for "
                "part of an address: name another folder with --runs-dir"
            )
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
        except OSError as broken:
            raise MissingError(
                f"the run's folder {self.path} cannot be written: {broken.strerror}. "
                "Make room, mend its permissions, or name another with --runs-dir"
            ) from None

    @contextmanager
    def held(self) -> Iterator[Hold]:
        """Hold the folder, so that no other run writes to it; let go even when killed. A folder in which
        nothing was begun is removed.

        Raises:
            LockedError: another run holds it.
            MissingError: it cannot be written.
        """
        with Hold(self.path) as hold, self._held_at_home(hold):
            try:
                yield hold
            finally:
                if not self.manifest.exists():
                    self._unmake()

    @contextmanager
    def held_unnoticed(self) -> Iterator[None]:
        """Hold the folder for what is no use of the run: its time, by which the last use is told, stays.

        Raises:
            LockedError: another run holds it.
            MissingError: it cannot be written.
        """
        try:
            before = self.path.stat()
        except OSError as broken:
            raise MissingError(f"the run's folder {self.path} cannot be read: {broken.strerror}") from None
        with self.held():
            yield
        keep_time(self.path, before)

    def _held_at_home(self, hold: Hold) -> AbstractContextManager[None]:
        home = self.home
        return nullcontext() if home is None else home.held(hold)

    def _unmake(self) -> None:
        with suppress(OSError):  # where anything lies in it, it stays
            self.logs.rmdir()
            if {one.name for one in self.path.iterdir()} == {LOCK, OWNER}:
                (self.path / OWNER).unlink()
                (self.path / LOCK).unlink()
                self.path.rmdir()

    def owner(self) -> Owner | None:
        """Who holds the folder, by what the owner wrote: asking takes no lock from anybody."""
        home = self.home
        return owner_of(self.path) or (home.owner() if home else None)

    def is_held(self) -> bool:
        """Whether somebody holds it."""
        return self.owner() is not None

    @property
    def progress(self) -> Path:
        """What the run that goes on, or the last one, knows of itself."""
        return self.logs / PROGRESS

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

    def read_recipe(self, told: Mapping[str, Any] | None = None) -> Recipe:
        """The recipe that the manifest holds, or another one of this run that was `told` as plain data.

        Raises:
            UsageError: there is none, or it is one no more.
        """
        from pydantic import ValidationError

        from winnow.pipelines.recipe import Recipe

        told = told or (self.read_manifest() or {}).get("recipe")
        try:
            return Recipe.model_validate(told)
        except ValidationError as invalid:
            first = invalid.errors()[0]
            where = ".".join(map(str, first["loc"])) or "recipe"
            raise UsageError(
                f"{self.manifest}: its recipe is not valid here: {where}: {first['msg']}"
            ) from None

    def examine(self, recipe: Recipe) -> None:
        """See that the recipe may go on in this folder.

        It may when it asks the same questions of the same model in the same way: how often it asks, who
        judges and what is built may change.

        Raises:
            UsageError: the folder was made by another recipe.
        """
        if self.read_manifest() is None:
            self.claim(recipe)
        elif changed := differences(self.read_recipe().whole, recipe.whole):
            raise UsageError(
                f"{self.named} was made by another recipe: {'; '.join(changed)}. "
                "Give this one another `name` or another --runs-dir, or remove the folder"
            )

    def claim(self, recipe: Recipe, sampling: dict[str, str] | None = None) -> None:
        """Write the recipe into the manifest, and which model answers once the engine has told.

        Raises:
            UsageError: what the ledger holds was answered by another model under the same name.
        """
        before = self.read_manifest() or {}
        known = before.get("sampling")
        if sampling and known is not None and known != sampling:
            if {**known, "parameters": ""} == {**sampling, "parameters": ""}:
                raise UsageError(
                    f"{self.path} was made with another table or scorer of its search: a file that the "
                    "recipe names changed. Give this one another `name` or another --runs-dir, or remove the "
                    "folder"
                )
            raise UsageError(
                f"{self.named} was made with another model: what is behind {sampling['model']!r} changed. "
                "Give this recipe another `name` or another --runs-dir, or remove the folder"
            )
        told = {
            "name": recipe.name,
            "recipe": recipe.told,
            "fingerprint": recipe.fingerprint,
            "versions": versions(),
            "created_at": before.get("created_at") or _now(),
        }
        self.update({**told, "sampling": sampling} if sampling else told)

    def update(self, told: dict[str, Any]) -> None:
        """Write keys into the manifest, the others as they were."""
        home = self.home
        if home and "build" in told:  # what the manifest names is there before it
            home.put_build()
        self.write(self.manifest.name, {**(self.read_manifest() or {}), **told})

    def write(self, name: str, told: dict[str, Any] | list[dict[str, Any]]) -> None:
        """Write a file of JSON that the run needs wherever it goes on.

        Raises:
            MissingError: it cannot be written.
        """
        write_json(self.path / name, told)
        if home := self.home:
            home.put(name)


def keep_time(folder: Path, before: os.stat_result) -> None:
    """Set a folder's time back to what it was before we held it, which was no use of it. Where the folder is
    another user's, nobody but he can: then it counts as one."""
    with suppress(OSError):
        os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))


def versions() -> dict[str, str]:
    """Those of winnow, of Python, and of the libraries that decide what a run gives."""
    found = {name: version(name) for name in _LIBRARIES}
    return {"winnow": winnow.__version__, "python": platform.python_version(), **found}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
