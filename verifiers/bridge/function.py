"""A function that a recipe names: found without running anything, imported where it is called.

`file.py:function` is a file, relative to the working directory; `package.module:function` is on the import
path. The hash of the file is part of the verifier's fingerprint, so an edit makes another verifier.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from winnow.verifiers.registry import SpecError
from winnow.verifiers.verdict import cut

_KEY = ("function",)


@dataclass(frozen=True)
class Named:
    """A function by its name. `file` is None for a module without Python source, such as a compiled one."""

    told: str
    module: str
    name: str
    file: Path | None
    digest: str

    @property
    def depends(self) -> tuple[str, ...]:
        return (f"{self.told} {self.digest}",)

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The function itself; its module is imported now.

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
        if not self.told.partition(":")[0].endswith(".py") or self.file is None:
            return importlib.import_module(self.module)
        if self.module not in sys.modules:
            spec = importlib.util.spec_from_file_location(self.module, self.file)
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
    file = Path(where) if where.endswith(".py") else _source_of(where)
    if file is None:
        return Named(told, where, name, None, "")
    try:
        source = file.read_bytes()
    except OSError as broken:
        raise SpecError(f"function is {told!r}: {file} cannot be read: {broken.strerror}", _KEY) from None
    _must_define(source, file, name.split(".")[0])
    digest = hashlib.blake2b(source, digest_size=8).hexdigest()
    module = f"winnow_function_{digest}" if where.endswith(".py") else where
    return Named(told, module, name, file.absolute(), digest)


def _source_of(module: str) -> Path | None:
    """The source of a module on the import path, found without importing its packages."""
    path: list[str] | None = None
    for at, part in enumerate(parts := module.split(".")):
        spec = PathFinder.find_spec(".".join(parts[: at + 1]), path) if part.isidentifier() else None
        if spec is None:
            raise SpecError(
                f"no module {module!r} on the import path; a file is named with its ending: {part}.py", _KEY
            )
        path = list(spec.submodule_search_locations or [])
        origin = spec.origin
    return Path(origin) if origin and origin.endswith(".py") else None


def _must_define(source: bytes, file: Path, name: str) -> None:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as broken:
        line = getattr(broken, "lineno", None)
        raise SpecError(f"{file}{f', line {line}' if line else ''} is no Python: {broken}", _KEY) from None
    defined, bound = set[str](), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
    if name not in defined | bound and "*" not in bound:
        known = ", ".join(sorted(defined)) or "none"
        raise SpecError(f"{file} defines no {name!r}; its functions and classes: {known}", _KEY)
