"""What a user's code imports: found without running anything, and read as far as it is theirs.

A verdict hangs on the file that is named, and on all that it imports. Python's own modules come with Python,
and installed packages have a version; every other module is source that somebody may edit, so its bytes
count: a file beside the one that is named, a folder on `PYTHONPATH`, the source of an editable install, whose
version stays while it is edited. Modules are looked up as `import` does, by names, so what is told is the
same wherever the folders lie. What is imported by a name that is made while running is not seen.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import winnow
from winnow.verifiers.bridge.installed import distribution_of, is_for_packages
from winnow.verifiers.bridge.source import ALL, source_of

_PYTHON = Path(os.__file__).parent
_EDITABLE = "__editable__"  # so begin setuptools' finders of editable installs that no path leads to


@dataclass(frozen=True, slots=True)
class Imports:
    """`told`, sorted: each module with its digest, each package with its version. `own`: the modules that are
    the user's own, where they lie and the digest of each."""

    told: tuple[str, ...] = ()
    own: Mapping[str, tuple[Path, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Module:
    """A module that was looked at: its file, what it imports and exports where it is the user's own, and
    whether what lies below it is looked at, too."""

    told: str = ""
    file: Path | None = None
    digest: str = ""
    imports: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    is_open: bool = False


_CLOSED = _Module()


class Modules:
    """Modules by name, as `import` finds them on a path; none is imported."""

    def __init__(self, path: Sequence[str]) -> None:
        self._path = [*path]
        self._known: dict[str, ModuleSpec | None] = {}

    def find(self, name: str) -> ModuleSpec | None:
        """Where a module is; None where there is none."""
        if name not in self._known:
            package, _, last = name.rpartition(".")
            where = self._path
            if package:
                above = self.find(package)
                where = list(above.submodule_search_locations or ()) if above else []
            # By its last name alone: for `a.b` without an `__init__.py` Python would ask the imported `a`.
            found = PathFinder.find_spec(last, where)
            self._known[name] = found if found or package else _editable(name)
        return self._known[name]

    def reached(self, names: Iterable[str]) -> Imports:
        """What these modules are, and all that they import, directly or not."""
        seen: dict[str, _Module] = {}
        owed = deque(names)
        while owed:
            module = ""
            for part in owed.popleft().split("."):  # a package is imported before what is in it
                package, module = module, f"{module}.{part}" if module else part
                if module not in seen:
                    seen[module] = self._look(module)
                    owed += seen[module].imports
                    if part == ALL:
                        owed += (f"{package}.{one}" for one in seen[package].exported)
                if not seen[module].is_open:
                    break
        own = {name: (one.file, one.digest) for name, one in sorted(seen.items()) if one.file}
        return Imports(tuple(sorted({one.told for one in seen.values() if one.told})), own)

    def _look(self, module: str) -> _Module:
        if module == "winnow":
            return _Module(f"winnow {winnow.__version__}")
        spec = None if module in sys.builtin_module_names else self.find(module)
        if spec is None:
            return _CLOSED
        is_package = spec.submodule_search_locations is not None
        if spec.origin is None:  # a folder without `__init__.py`
            return _Module(is_open=is_package)
        file = Path(spec.origin)
        if len(file.parents) <= (depth := module.count(".") + is_package):
            return _CLOSED  # an archive that was edited while it was open tells of no file
        root = file.parents[depth]
        package = distribution_of(root, file.relative_to(root).as_posix())
        if package or is_for_packages(root):
            return _Module(package)
        if file.suffix != ".py" or _is_python(root):
            return _CLOSED
        try:
            code: bytes = getattr(spec.loader, "get_data")(spec.origin)  # noqa: B009 - an archive has it, too
        except (OSError, ImportError, AttributeError, EOFError):
            return _CLOSED  # importing it fails, and says so
        imports, exported = tuple[str, ...](), tuple[str, ...]()
        with suppress(SyntaxError, ValueError, RecursionError, MemoryError):  # so is what is no Python
            source = source_of(code)
            imports = tuple(source.imported(module if is_package else module.rpartition(".")[0]))
            exported = source.exported
        digest = digest_of(code)
        return _Module(f"{module} {digest}", file, digest, imports, exported, is_open=True)


def digest_of(code: bytes) -> str:
    """16 hex digits of a file's content."""
    return hashlib.blake2b(code, digest_size=8).hexdigest()


def searched(folder: Path) -> list[str]:
    """The import path of a file in this folder: what lies beside it comes after Python's own modules, and
    before what is installed."""
    path, told = [*sys.path], str(folder)
    if told not in path:
        folders = [Path(one) for one in path]
        pythons = [at for at, one in enumerate(folders) if _is_python(one) and not is_for_packages(one)]
        path.insert(pythons[-1] + 1 if pythons else len(path), told)
    return path


def code_of(module: str) -> tuple[str, ...]:
    """What tells a module's code, and that of all that it imports, from any other; empty where there is no
    such module on the import path."""
    return Modules(sys.path).reached([module]).told


def _is_python(folder: Path) -> bool:
    return folder.is_relative_to(_PYTHON)


def _editable(name: str) -> ModuleSpec | None:
    for finder in sys.meta_path:
        if getattr(finder, "__module__", "").startswith(_EDITABLE) and (spec := finder.find_spec(name, None)):
            return spec
    return None
