"""A build in a directory, or at any URL that fsspec knows: a folder a build, and a pointer written last.

    sums/9f86d081.../   README.md, sft/train-00000-of-00001.parquet, ...
    sums/latest.json    {"build": "9f86d081...", ...}

A reader who follows the pointer never sees half of a build: its folder is complete before the pointer names
it, and is not written to again but for its card.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.publish.files import Entry, File
from winnow.steps.publish.plan import MANIFEST, README, Plan, is_shard, plan_of
from winnow.steps.publish.publication import Publication
from winnow.steps.secrets import redact

POINTER = "latest.json"


@dataclass(frozen=True, slots=True)
class Place:
    """A file system of fsspec, the path of the publications in it, and how a user named it."""

    files: Any
    root: str
    told: str

    def at(self, *parts: str) -> str:
        return "/".join((self.root.rstrip("/"), *parts))

    def shown(self, build: str) -> str:
        """The folder of a build, as one would name it."""
        return f"{self.told.rstrip('/')}/{build}"


def place_of(told: str) -> Place:
    """The place that a user names: a directory, or a URL such as `s3://bucket/sums`.

    Raises:
        MissingError: fsspec knows no such protocol, or lacks the package for it.
    """
    import fsspec

    try:
        files, root = fsspec.core.url_to_fs(told)
    except (ImportError, ValueError) as broken:
        raise MissingError(f"{redact(told)}: {broken}") from None
    return Place(files, root, told)


def publish_to(publication: Publication, place: Place, *, dry_run: bool = False) -> Plan:
    """Write a build's folder, read its sizes back, then turn the pointer; nothing, where it is there.

    Raises:
        UsageError: something else is at this place.
        MissingError: it cannot be written, or does not hold what was written.
    """
    try:
        return _publish(publication, place, dry_run)
    except (OSError, ValueError) as broken:
        why = getattr(broken, "strerror", None) or broken
        raise MissingError(f"{redact(place.told)} cannot be written: {redact(str(why))}") from broken
    except Exception as broken:
        if isinstance(broken, UsageError | MissingError):
            raise
        name = f"{type(broken).__name__}: {broken}"
        raise MissingError(f"{redact(place.told)} cannot be reached: {redact(name)[:500]}") from broken


def _publish(publication: Publication, place: Place, dry_run: bool) -> Plan:
    place.files.invalidate_cache()
    pointer = _pointer(place)
    old = str(pointer.get("build", ""))
    told = _json(place, old, MANIFEST) if old else {}
    readme = _read(place, old, README) if old else None
    wanted = publication.over(readme.decode("utf-8", "replace") if readme is not None else None)
    there = _listing(place, publication, wanted)
    plan = plan_of(wanted, there, told, publication.rows)
    if dry_run or (plan.is_empty and old == publication.build):
        return plan
    for path in plan.deleted:  # left by somebody else in this build's folder: loaders would take it
        place.files.rm_file(place.at(publication.build, path))
    for path in (*plan.added, *plan.replaced):
        _write(place, wanted[path], publication.build)
    place.files.invalidate_cache()
    left = plan_of(wanted, _listing(place, publication, wanted), told, publication.rows)
    if not left.is_empty:
        wrong = (*left.added, *left.replaced, *left.deleted)
        raise MissingError(f"{redact(place.told)} does not hold what was written: {', '.join(wrong[:5])}")
    latest = {"build": publication.build, "name": publication.name, "rows": dict(publication.rows)}
    text = json.dumps(latest, indent=2) + "\n"
    with place.files.transaction, place.files.open(place.at(POINTER), "wb") as sink:
        sink.write(text.encode())
    return plan if not plan.is_empty else Plan((POINTER,), (), (), plan.rows)


def _pointer(place: Place) -> dict[str, Any]:
    found = _json(place, "", POINTER)
    if found or not place.files.exists(place.root):
        return found
    strange = [
        name for path in place.files.ls(place.root, detail=False) if not _is_build(name := _name(path))
    ]
    if strange:
        raise UsageError(
            f"{redact(place.told)} has {strange[0]}, and no publication of winnow's: name another place"
        )
    return {}


def _listing(place: Place, publication: Publication, wanted: dict[str, File]) -> dict[str, Entry]:
    """What lies in this build's folder: small files by their content, large ones by their size.

    A large file's hash is not known without reading it; its name stands in a folder of its own build's, and
    stores of objects have it whole or not at all.
    """
    folder = place.at(publication.build)
    if not place.files.exists(folder):
        return {}
    found: dict[str, Entry] = {}
    for path, info in place.files.find(folder, detail=True).items():
        name = path.removeprefix(folder.lstrip("/") if not path.startswith("/") else folder).lstrip("/")
        if name not in wanted:
            if is_shard(name):
                found[name] = Entry(int(info["size"]))
            continue
        file = wanted[name]
        if isinstance(file.source, bytes):
            content = place.files.cat_file(path)
            found[name] = Entry(len(content), sha256=File.of(name, content).sha256)
        else:
            found[name] = Entry(int(info["size"]), sha256=file.sha256)
    return found


def _write(place: Place, file: File, build: str) -> None:
    path = place.at(build, file.path)
    place.files.makedirs(path.rpartition("/")[0], exist_ok=True)
    with place.files.open(path, "wb") as sink:
        if isinstance(file.source, Path):
            with file.source.open("rb") as source:
                shutil.copyfileobj(source, sink, 2**20)
        else:
            sink.write(file.source)


def _read(place: Place, build: str, name: str) -> bytes | None:
    path = place.at(build, name) if build else place.at(name)
    try:
        return bytes(place.files.cat_file(path))
    except FileNotFoundError:
        return None


def _json(place: Place, build: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(_read(place, build, name) or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _name(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]


def _is_build(name: str) -> bool:
    return len(name) == 32 and set(name) <= set("0123456789abcdef")
