"""The folder of an export: whole or not there, and nobody's work overwritten."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winnow.steps.build.shards import sha256_of
from winnow.steps.errors import MissingError, UsageError

_MANIFEST = "manifest.json"


def examine_target(target: Path) -> None:
    """See that an export may be written to `target`: nothing is there, or an export that nobody added to.

    Raises:
        UsageError: something else is there, or something that would be lost.
    """
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    files = _files_of_export(target)
    if files is None:
        raise UsageError(f"{target} is there and is no export of winnow's: name another folder with --to")
    for path in sorted(target.rglob("*")):
        name = str(path.relative_to(target))
        if path.is_dir() and not path.is_symlink():
            continue
        if name != _MANIFEST and (path.is_symlink() or files.get(name) != sha256_of(path)):
            what = "was changed" if name in files else "was added"
            raise UsageError(
                f"{target / name} {what} since the export, and would be lost: "
                "move it away, or name another folder with --to"
            )


def put_in_place(scratch: Path, target: Path, told: Mapping[str, Any]) -> None:
    """Give the files of `scratch` a manifest with their hashes, and put them where `target` is.

    Args:
        told: what the manifest says beside the files.
    """
    names = sorted(str(path.relative_to(scratch)) for path in scratch.rglob("*") if path.is_file())
    files = [
        {"path": name, "bytes": (scratch / name).stat().st_size, "sha256": sha256_of(scratch / name)}
        for name in names
    ]
    whole = {"export": dict(told), "files": files}
    (scratch / _MANIFEST).write_text(json.dumps(whole, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    old = target.with_name(f".{target.name}.old.{os.getpid()}")
    if target.exists():
        target.rename(old)
    try:
        scratch.rename(target)
    except BaseException:
        if old.exists():
            old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def scratch_for(target: Path) -> Path:
    """An empty folder beside `target`.

    Raises:
        MissingError: it cannot be made.
    """
    scratch = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
    except OSError as broken:
        raise MissingError(f"{target} cannot be written: {broken.strerror}") from None
    return scratch


def _files_of_export(target: Path) -> dict[str, str] | None:
    """The hashes of an export's files by name; None where `target` is no export."""
    try:
        told = json.loads((target / _MANIFEST).read_text(encoding="utf-8"))
        if "export" not in told:
            return None
        return {str(one["path"]): str(one["sha256"]) for one in told["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
