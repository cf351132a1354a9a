"""The modules that are a user's own, imported as they were read: from the file that was looked at, and only
while its content is what the fingerprint says."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any, NoReturn

from winnow.verifiers.bridge.imports import digest_of

_READ: dict[str, tuple[Path, str]] = {}


class AsRead(SourceFileLoader):
    """Imports a file whose content has this digest.

    Bytecode is neither read nor written: Python takes it for its source's by the second and the size of
    that, which an edit may leave as they were.
    """

    def __init__(self, name: str, file: Path, digest: str) -> None:
        super().__init__(name, str(file))
        self._digest = digest

    def path_stats(self, path: str) -> NoReturn:
        raise OSError(f"{path}: no bytecode is wanted")

    def source_to_code(self, data: Any, path: Any, **how: Any) -> Any:  # type: ignore[override]
        if digest_of(data) != self._digest:
            raise ImportError(f"{path} was edited after it was read: begin again, to go by it")
        return super().source_to_code(data, path, **how)


class _Finder:
    """Finds the modules that `expect` was told of."""

    @staticmethod
    def find_spec(name: str, _path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        file, digest = _READ.get(name, (Path(), ""))
        if not digest or not file.parent.is_dir():  # in an archive
            return None
        inside = [str(file.parent)] if file.name == "__init__.py" else None
        loader = AsRead(name, file, digest)
        return spec_from_file_location(name, file, loader=loader, submodule_search_locations=inside)


def expect(told: str, own: Mapping[str, tuple[Path, str]]) -> None:
    """From now on these modules, each a file and its digest, are what their names import in this process.

    Raises:
        ImportError: another was imported by one of the names, or may be.
    """
    for name, (file, digest) in own.items():
        loaded = getattr(sys.modules.get(name), "__file__", None)
        if name.partition(".")[0] in sys.stdlib_module_names and loaded:
            continue  # it was imported before there was a path
        known, before = _READ.get(name, (Path(loaded or file), digest))
        if os.path.realpath(known) != os.path.realpath(file):
            raise ImportError(
                f"{told} imports {name!r} from {file}, but {known} was imported by that name before: "
                "rename one of them"
            )
        if before != digest:
            raise ImportError(f"{file} was edited after it was imported: begin again, to go by it")
    _READ.update(own)
    if _Finder not in sys.meta_path:
        sys.meta_path.insert(sys.meta_path.index(PathFinder), _Finder)
