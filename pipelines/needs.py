"""Which runs others go by: mixes that are made of them, recipes that name a file of theirs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError
from winnow.steps.secrets import expand

_LONGEST = 4096  # characters of a path


class Needs:
    """What the runs and mixes below a folder need of each other, by their manifests.

    A mix needs the runs that it is of, by their names. A recipe needs a run where any text in it is a path
    into the run's folder: from here, or from wherever a folder of runs has this name. It may have the
    wildcards of a shell.
    """

    def __init__(self, runs: Path) -> None:
        self._mixed: list[tuple[str, str]] = []  # a mix, and a run or mix that it is of
        self._named: list[tuple[str, str, Path | None]] = []  # a run, a path in its recipe, where that leads
        for path in sorted(runs.glob("*/manifest.json")):
            name, told = path.parent.name, _object(path)
            self._mixed += [(name, part) for part in _parts(told.get("mix"))]
            self._named += [(name, text, _place(text)) for text in _paths(told.get("recipe"))]

    def of(self, run: Path) -> str:
        """Who needs a run, by name; empty where nobody does."""
        here, above = run.resolve(), run.absolute().parent.name
        for name, part in self._mixed:
            if part == run.name != name:
                return name
        for name, text, place in self._named:
            if name != run.name and (
                (place is not None and place.is_relative_to(here))
                or any(
                    fnmatchcase(above, one) and fnmatchcase(run.name, other)
                    for one, other in pairwise(text.split("/"))
                )
            ):
                return name
        return ""


def _parts(mix: Any) -> Iterator[str]:
    """Of a mix in a mix both the runs that it is of and itself."""
    runs = mix.get("runs") if isinstance(mix, dict) else None
    for one in runs if isinstance(runs, list) else ():
        if isinstance(one, dict):
            yield from (str(one[key]) for key in ("run", "of") if key in one)


def _paths(told: Any) -> Iterator[str]:
    """The texts in plain data that may be paths."""
    if isinstance(told, dict | list):
        for below in told.values() if isinstance(told, dict) else told:
            yield from _paths(below)
    elif isinstance(told, str) and "/" in told and len(told) <= _LONGEST:
        with suppress(MissingError):  # a variable that is not set here
            told = expand(told)
        yield told


def _place(text: str) -> Path | None:
    try:
        return Path(text).expanduser().resolve()
    except (OSError, ValueError, RuntimeError):  # it is none
        return None


def _object(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
