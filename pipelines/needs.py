"""Which runs others go by: mixes that are made of them, recipes that name a file of theirs, links to them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from itertools import pairwise
from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError
from winnow.steps.secrets import expand

_LONGEST = 4096  # characters of a path
_UNSET = re.compile(r"\$\{env:\w+\}")


class Needs:
    """What the runs and mixes below a folder need of each other, by their manifests.

    A mix needs the runs that it is of, by their names. A recipe needs a run where any text in it is a path
    into the run's folder: from here, from the folder of runs, or from wherever one has this name. It may have
    the wildcards of a shell. Where a manifest cannot be read, or a recipe's `path` is in a variable that is
    not set here, nobody knows: then every other run is needed.

    Raises:
        OSError: the folder cannot be read.
    """

    def __init__(self, runs: Path) -> None:
        self._mixed: list[tuple[str, str]] = []  # a mix, and a run or mix that it is of
        self._named: list[tuple[str, str, list[Path]]] = []  # a run, a path in its recipe, where that leads
        self._unknown: list[tuple[str, str]] = []  # a run, and why nobody knows what it needs
        links = [path for path in sorted(runs.iterdir()) if path.is_symlink()]
        self._links = {path.name: place for path in links for place in _places(path)}
        for path in sorted(runs.glob("*/manifest.json")):
            name = path.parent.name
            try:
                told = _object(path)
            except (OSError, ValueError) as broken:
                self._unknown.append((name, f"its manifest cannot be read: {broken}"))
                continue
            self._mixed += [(name, part) for part in _parts(told.get("mix"))]
            for key, text in _texts(told.get("recipe")):
                if key == "path" and _UNSET.search(text):
                    self._unknown.append((name, f"its path {text} is in a variable that is not set here"))
                elif "/" in text:
                    self._named.append((name, _UNSET.sub("*", text), [*_places(text), *_places(runs, text)]))

    def of(self, run: Path) -> str:
        """Why a run is needed; empty where nobody needs it."""
        here = run.resolve()
        above = {here.parent.name, run.absolute().parent.name}  # a folder of runs may be a link
        for name, place in self._links.items():
            if place == here and name != run.name:
                return f"{name} leads to it"
        for name, part in self._mixed:
            if part == run.name != name:
                return f"{name} is made of it"
        for name, text, places in self._named:
            if name != run.name and (
                any(place.is_relative_to(here) for place in places)
                or any(
                    fnmatchcase(run.name, other) and any(fnmatchcase(folder, one) for folder in above)
                    for one, other in pairwise(text.split("/"))
                )
            ):
                return f"{name} reads a file of it"
        others = ((name, why) for name, why in self._unknown if name != run.name)
        return next((f"nobody knows what {name} needs: {why}" for name, why in others), "")


def _parts(mix: Any) -> Iterator[str]:
    """Of a mix in a mix both the runs that it is of and itself."""
    runs = mix.get("runs") if isinstance(mix, dict) else None
    for one in runs if isinstance(runs, list) else ():
        if isinstance(one, dict):
            yield from (str(one[key]) for key in ("run", "of") if key in one)


def _texts(told: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """The texts in plain data that may be paths, with the key of each. A variable that is not set here stays
    in them."""
    if isinstance(told, dict):
        for name, below in told.items():
            yield from _texts(below, name)
    elif isinstance(told, list):
        for below in told:
            yield from _texts(below, key)
    elif isinstance(told, str) and len(told) <= _LONGEST:
        try:
            yield key, expand(told)
        except MissingError:
            yield key, told


def _places(*parts: str | Path) -> Iterator[Path]:
    """Where a path leads, if it is one."""
    with suppress(OSError, ValueError, RuntimeError):  # it is none, or a link to itself
        yield Path(*(Path(part).expanduser() for part in parts)).resolve()


def _object(path: Path) -> dict[str, Any]:
    """What a file of JSON says; nothing where it is gone, or is no object.

    Raises:
        OSError, ValueError: it cannot be read.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found if isinstance(found, dict) else {}
