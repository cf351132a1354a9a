"""What a publication would change in the place where it goes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winnow.steps.build.kinds import KINDS
from winnow.steps.publish.files import Files, Listing

MANIFEST = "manifest.json"
README = "README.md"
_BUILD = re.compile(r"[0-9a-f]{32}")
_SHARD = re.compile(r"([a-z_]+)/[a-z]+-\d{5}-of-\d{5}\.parquet")


@dataclass(frozen=True, slots=True)
class Plan:
    """Paths by what happens to them, and the rows of each dataset before and after."""

    added: tuple[str, ...]
    replaced: tuple[str, ...]
    deleted: tuple[str, ...]
    rows: Mapping[str, tuple[int, int]]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.replaced or self.deleted)

    @property
    def nothing(self) -> Plan:
        """The same where nothing is left to do."""
        return Plan((), (), (), {kind: (after, after) for kind, (_, after) in self.rows.items()})


def plan_of(files: Files, there: Listing, told: Mapping[str, Any], rows: Mapping[str, int]) -> Plan:
    """What turns what is there into `files`; whatever else is there is somebody else's, and stays.

    Args:
        told: the manifest of the publication that is there; empty where there is none.
        rows: of each dataset of the publication.
    """
    added = sorted(path for path in files if path not in there)
    replaced = sorted(path for path, file in files.items() if path in there and not there[path].is_of(file))
    before = {str(path) for path in told.get("paths", [])}
    deleted = sorted(path for path in there if path not in files and (path in before or is_shard(path)))
    old = rows_of(told)
    counts = {kind: (old.get(kind, 0), rows.get(kind, 0)) for kind in sorted({*old, *rows})}
    return Plan(tuple(added), tuple(replaced), tuple(deleted), counts)


def is_shard(path: str) -> bool:
    """Whether loaders would take a file for one of a build's: beside other shards it would mix their rows.

    >>> is_shard("sft/train-00001-of-00002.parquet"), is_shard("notes/train-00001-of-00002.parquet")
    (True, False)
    """
    match = _SHARD.fullmatch(path)
    return match is not None and match[1] in KINDS


def manifest_of(content: bytes) -> dict[str, Any]:
    """The manifest of a publication; empty where this is none of ours, or broken.

    >>> manifest_of(b'{"build": "theirs"}')
    {}
    """
    try:
        told = json.loads(content)
        rows_of(told)
        ours = _BUILD.fullmatch(told["build"]) and all(isinstance(path, str) for path in told["paths"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return {}
    return dict(told) if ours else {}


def rows_of(told: Mapping[str, Any]) -> dict[str, int]:
    """The rows of each dataset by the manifest of a publication."""
    counts: dict[str, int] = {}
    for file in told.get("files", []):
        kind = str(file["path"]).partition("/")[0]
        counts[kind] = counts.get(kind, 0) + int(file["rows"])
    return counts
