"""A function that a recipe names: found without running anything, imported where it is called.

`file.py:function` is a file, relative to the working directory; `package.module:function` is on the import
path. The hashes of the file and of what it imports are part of the verifier's fingerprint, so an edit makes
another verifier.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from winnow.verifiers.bridge.imports import Modules, digest_of, searched
from winnow.verifiers.bridge.own import AsRead, expect
from winnow.verifiers.bridge.source import ALL, Source, source_of
from winnow.verifiers.registry import SpecError
from winnow.verifiers.verdict import cut

_KEY = ("function",)


@dataclass(frozen=True)
class Named:
    """A function by its name. `file` is None for a module without Python source, such as a compiled one.

    `code` is what tells it, and all that it imports, from any other; `own` are the modules among these that
    are the user's own, and where they lie.
    """

    told: str
    module: str
    name: str
    file: Path | None
    code: tuple[str, ...]
    own: Mapping[str, tuple[Path, str]]

    @property
    def depends(self) -> tuple[str, ...]:
        return (self.told, *self.code)

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The function itself; its module is imported now, and a file's folder joins this process's path.

        Raises:
            ImportError: it cannot be.
        """
        module = self._imported()
        found: Any = module
        for part in self.name.split("."):
            found = getattr(found, part, None)
        if not callable(found):
            raise ImportError(f"{self.told}: {self.name!r} is no function")
        call: Callable[..., Any] = found
        return call

    def _imported(self) -> Any:
        expect(self.told, self.own)
        if not self.told.partition(":")[0].endswith(".py") or self.file is None:
            return importlib.import_module(self.module)
        sys.path[:] = searched(self.file.parent)
        if self.module not in sys.modules:
            loader = AsRead(self.module, self.file, self.code[0])
            spec = importlib.util.spec_from_file_location(self.module, self.file, loader=loader)
            if spec is None or spec.loader is None:
                raise ImportError(f"{self.told}: no Python file")
            module = importlib.util.module_from_spec(spec)
            sys.modules[self.module] = module  # dataclasses and pickle look their module up
            try:
                spec.loader.exec_module(module)
            except BaseException:
                del sys.modules[self.module]
                raise
        return sys.modules[self.module]


def named(told: str) -> Named:
    """Find the function that `told` names; nothing of the user's is run.

    Raises:
        SpecError: there is no such file, module or function.
    """
    where, colon, name = told.rpartition(":")
    if not colon or not where or not all(part.isidentifier() for part in name.split(".")):
        raise SpecError(
            f"function is {cut(repr(told), 60)}, expected 'file.py:function' or 'module:function'", _KEY
        )
    if not where.endswith(".py"):
        return _in_module(told, where, name)
    file = Path(where).absolute()
    code, source = _read(told, Path(where), name)
    imports = Modules(searched(file.parent)).reached(source.imported(""))
    digest = digest_of(code)
    return Named(told, f"winnow_function_{digest}", name, file, (digest, *imports.told), imports.own)


def _in_module(told: str, module: str, name: str) -> Named:
    modules = Modules(sys.path)
    parts = module.split(".")
    for at, part in enumerate(parts, start=1):
        if not part.isidentifier() or modules.find(".".join(parts[:at])) is None:
            raise SpecError(
                f"no module {module!r} on the import path; a file is named with its ending: {part}.py", _KEY
            )
    spec, imports = modules.find(module), modules.reached([module])
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return Named(told, module, name, None, imports.told, imports.own)
    code, _ = _read(told, file := Path(spec.origin), name)
    return Named(told, module, name, file, (digest_of(code), *imports.told), imports.own)


def _read(told: str, file: Path, name: str) -> tuple[bytes, Source]:
    """A file that must define the function."""
    try:
        source = source_of(code := file.read_bytes())
    except OSError as broken:
        raise SpecError(f"function is {told!r}: {file} cannot be read: {broken.strerror}", _KEY) from None
    except (SyntaxError, ValueError, RecursionError, MemoryError) as broken:
        line = getattr(broken, "lineno", None)
        raise SpecError(f"{file}{f', line {line}' if line else ''} is no Python: {broken}", _KEY) from None
    name = name.split(".")[0]
    if name not in source.defined | source.bound and ALL not in source.bound:
        known = ", ".join(sorted(source.defined)) or "none"
        raise SpecError(f"{file} defines no {name!r}; its functions and classes: {known}", _KEY)
    return code, source
