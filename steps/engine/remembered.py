"""What servers were found out to be able to do, kept from run to run: nobody is asked that twice."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from winnow.steps.engine.probe import Features
from winnow.steps.files import replace_file

FILE = "probes.json"
_FEATURES = TypeAdapter(Features)


class Remembered:
    """A file of features by key, or nothing where `path` is None. A key is a hash, so that no address and no
    secret in it is written down. What the file holds is a guess: whoever uses it is ready to be wrong."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def recall(self, key: str) -> Features | None:
        """What is known by this key; None where nothing is, or nothing that can be read."""
        try:
            return _FEATURES.validate_python(self._read()[key])
        except (KeyError, ValidationError):
            return None

    def keep(self, key: str, features: Features | None) -> None:
        """Remember, or forget; where the file cannot be written, the next run asks once more."""
        if self._path is None:
            return
        known = {one: told for one, told in self._read().items() if one != key}
        if features is not None:
            known[key] = asdict(features)
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._path, json.dumps(known, indent=2, sort_keys=True) + "\n")

    def _read(self) -> dict[str, Any]:
        try:
            found = json.loads(self._path.read_bytes()) if self._path else {}
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}
