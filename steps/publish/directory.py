"""A build in a directory, or at any URL that fsspec knows: a folder a build, and a pointer written last.

    sums/9f86d081.../   README.md, sft/train-00000-of-00001.parquet, ...
    sums/latest.json    {"build": "9f86d081...", ...}

A reader who follows the pointer never sees half of a build: its folder is complete before the pointer names
it, and is not written to again but for its card.
"""

from __future__ import annotations

import io
import json
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from winnow.steps.errors import MissingError, UsageError, WinnowError
from winnow.steps.publish.files import Entry, File
from winnow.steps.publish.plan import MANIFEST, README, Plan, is_shard, manifest_of, plan_of
from winnow.steps.publish.publication import Publication
from winnow.steps.publish.scrub import scrubbed, without_login
from winnow.steps.secrets import redact
from winnow.steps.storage.bucket import file_system
from winnow.steps.storage.url import place_of as in_store

POINTER = "latest.json"


@dataclass(frozen=True, slots=True)
class Place:
    """A file system of fsspec, the path of the publications in it, and how a user named it."""

    files: Any
    root: str
    told: str

    def at(self, *parts: str) -> str:
        return "/".join((self.root.rstrip("/"), *parts))

    @property
    def name(self) -> str:
        """The place as it may be told: with no login."""
        return redact(without_login(self.told))

    def shown(self, build: str) -> str:
        """The folder of a build, as one would name it."""
        return f"{self.name.rstrip('/')}/{build}"

    def public(self, build: str) -> str:
        """The folder of a build as its card names it: where one stands, or by a URL without a login."""
        told = str(scrubbed(self.told)).rstrip("/")
        return f"{told}/{build}" if "://" in told else f"./{build}"


def place_of(told: str) -> Place:
    """The place that a user names: a directory, or a URL such as `s3://bucket/sums`.

    Raises:
        MissingError: fsspec knows no such protocol, or lacks the package for it.
    """
    import fsspec

    try:
        if told.startswith("s3://"):  # with the client that ledgers in a store have, and nothing to install
            return Place(file_system(), in_store(told).removeprefix("s3://"), told)
        files, root = fsspec.core.url_to_fs(told)
    except WinnowError:
        raise
    except Exception as broken:  # noqa: BLE001 - each of its file systems asks its server by a library of its own
        if isinstance(broken, (ImportError, ValueError)):
            why = str(broken)
        else:
            why = f"cannot be reached: {getattr(broken, 'strerror', None) or broken}"
        raise MissingError(f"{redact(without_login(f'{told}: {why}'))[:500]}") from None
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
        raise MissingError(f"{place.name} cannot be written: {redact(without_login(str(why)))}") from broken
    except Exception as broken:
        if isinstance(broken, UsageError | MissingError):
            raise
        why = redact(without_login(f"{type(broken).__name__}: {broken}"))[:500]
        raise MissingError(f"{place.name} cannot be reached: {why}") from broken


def _publish(publication: Publication, place: Place, dry_run: bool) -> Plan:
    place.files.invalidate_cache()
    pointer = _pointer(place)
    old = str(pointer.get("build", ""))
    told = manifest_of(_read(place, old, MANIFEST) or b"") if old else {}
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
        raise MissingError(f"{place.name} does not hold what was written: {', '.join(wrong[:5])}")
    latest = {"build": publication.build, "name": publication.name, "rows": dict(publication.rows)}
    _put(place, POINTER, io.BytesIO((json.dumps(latest, indent=2) + "\n").encode()), publication.build)
    return plan if not plan.is_empty else Plan((POINTER,), (), (), plan.rows)


def _pointer(place: Place) -> dict[str, Any]:
    found = _json(place, "", POINTER)
    if not _is_build(str(found.get("build"))):
        found = {}  # another program's
    if found or not place.files.exists(place.root):
        return found
    strange = [
        name for path in place.files.ls(place.root, detail=False) if not _is_build(name := _name(path))
    ]
    if strange:
        raise UsageError(f"{place.name} has {strange[0]}, and no publication of winnow's: name another place")
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
    place.files.makedirs(place.at(build, file.path).rpartition("/")[0], exist_ok=True)
    with file.source.open("rb") if isinstance(file.source, Path) else io.BytesIO(file.source) as source:
        _put(place, f"{build}/{file.path}", source, build)


def _put(place: Place, path: str, source: BinaryIO, build: str) -> None:
    """Write a file that readers find whole, or as it was: stores of objects do so by themselves.

    In a directory it is written beside the build's files, on the same disk, and then renamed.
    """
    from fsspec.implementations.local import LocalFileSystem

    local = isinstance(place.files, LocalFileSystem)
    written = place.at(build, f".{secrets.token_hex(8)}.part") if local else place.at(path)
    try:
        with place.files.open(written, "wb") as sink:
            shutil.copyfileobj(source, sink, 2**20)
        if local:
            Path(written).replace(place.at(path))
    except BaseException:
        if local:
            Path(written).unlink(missing_ok=True)
        raise


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
