"""The versions of a run's builds: which ledger, recipe, verifier and code each came from, so that it can be
made again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import winnow
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.steps.build.datasets import Build
from winnow.steps.errors import UsageError
from winnow.steps.scoring import Scoring

FILE = "versions.json"


@dataclass(frozen=True, slots=True)
class Version:
    """One build: the `number` that people say, its id, what it came from (`lineage`, which its manifest has,
    too), the recipe as plain data, and where it was published."""

    number: int
    build: str
    lineage: Mapping[str, Any]
    recipe: Mapping[str, Any]
    published: Sequence[str] = ()

    @property
    def ledger(self) -> dict[str, int]:
        """The versions of the ledger's tables."""
        return dict(self.lineage["ledger"])

    @property
    def told(self) -> dict[str, Any]:
        return {
            "version": self.number,
            "build": self.build,
            "lineage": dict(self.lineage),
            "recipe": dict(self.recipe),
            "published": list(self.published),
        }


@dataclass(slots=True)
class Versions:
    """Those of a run that can be made again, in the order in which they were made, from `versions.json`."""

    folder: RunFolder
    found: list[Version] = field(default_factory=list)

    @classmethod
    def of(cls, folder: RunFolder) -> Versions:
        """Those that a run's folder tells of.

        Raises:
            UsageError: what stands there is none.
        """
        path = folder.path / FILE
        try:
            told = json.loads(path.read_text(encoding="utf-8"))
            return cls(folder, [_version(one) for one in told])
        except FileNotFoundError:
            return cls(folder)
        except (OSError, ValueError, KeyError, TypeError) as broken:
            raise UsageError(f"{path} cannot be read: {broken}. Move it away: no build needs it") from None

    def lineage(
        self,
        recipe: Recipe,
        verifier: str,
        scoring: Scoring | None,
        ledger: Mapping[str, int],
        build: str,
    ) -> dict[str, Any]:
        """What is said of a build of this id: what was said of an earlier one, where it is the same again."""
        manifest = self.folder.read_manifest() or {}
        made = {
            "recipe": recipe.fingerprint,
            "verifier": verifier,
            **({"scoring": scoring.told} if scoring else {}),
            "winnow": winnow.__version__,
            "model": (manifest.get("sampling") or {}).get("model"),
        }
        for one in self.found:
            if one.build == build and all(one.lineage.get(key) == made[key] for key in made):
                return dict(one.lineage)
        number = 1 + max((one.number for one in self.found), default=0)
        return {"version": number, **made, "source": manifest.get("source"), "ledger": dict(ledger)}

    def add(self, recipe: Recipe, build: Build) -> None:
        """Keep what a build came from.

        Raises:
            MissingError: the folder cannot be written.
        """
        self._read_again()
        number = build.lineage["version"]
        if all(one.number != number for one in self.found):
            self.found.append(Version(number, build.id, build.lineage, recipe.told))
            self.write()

    @property
    def ledgers(self) -> list[dict[str, int]]:
        """The versions of the ledger's tables that must stay readable."""
        return [one.ledger for one in self.found]

    def publish(self, build: str, places: Sequence[str]) -> None:
        """Keep where a build was published.

        Raises:
            MissingError: the folder cannot be written.
        """
        self._read_again()
        before = self.found
        self.found = [
            replace(one, published=sorted({*one.published, *places})) if one.build == build else one
            for one in before
        ]
        if self.found != before:
            self.write()

    def _read_again(self) -> None:
        """A run and whoever publishes write here at the same time: neither forgets what the other said."""
        if home := self.folder.home:
            home.fetch_file(FILE)
        self.found = self.of(self.folder).found

    def write(self) -> None:
        """Write them down.

        Raises:
            MissingError: the folder cannot be written.
        """
        self.folder.write(FILE, [one.told for one in self.found])

    def find(self, told: str) -> Version:
        """The version of this number (`3` or `v3`), or of this id or the beginning of it.

        Raises:
            UsageError: there is none.
        """
        number = told.removeprefix("v")
        for one in reversed(self.found):
            if number == str(one.number) or (len(told) >= 6 and one.build.startswith(told)):
                return one
        there = ", ".join(f"{one.number} ({one.build[:8]})" for one in self.found[-10:]) or "none"
        raise UsageError(f"{self.folder.path} has no version {told}: there are {there}")


def _version(told: Mapping[str, Any]) -> Version:
    return Version(
        int(told["version"]), str(told["build"]), told["lineage"], told["recipe"], told.get("published", ())
    )
