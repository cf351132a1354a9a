"""What Python source says, read from its syntax tree: nothing of it is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

ALL = "*"
_IMPORTERS = {"import_module", "__import__"}


@dataclass(frozen=True, slots=True)
class Source:
    """What a file defines and binds, at any depth; what it `exports` by `__all__`; and its imports, by
    statement or by `import_module` of a name that is there, each as its leading dots, its module, and the
    names that are taken from it."""

    defined: frozenset[str]
    bound: frozenset[str]
    exported: tuple[str, ...]
    imports: tuple[tuple[int, str, tuple[str, ...]], ...]

    def imported(self, package: str) -> Iterator[str]:
        """The modules that it may import as part of `package`, in full: of `from a import b` both `a` and
        `a.b`, since `b` may be either. Those behind conditions and in functions are among them.

        >>> list(source_of(b"import a.b, c\\nfrom . import d\\nfrom ..e import *").imported("x.y"))
        ['a.b', 'c', 'x.y', 'x.y.d', 'x.e', 'x.e.*']
        """
        parts = package.split(".") if package else []
        for dots, module, names in self.imports:
            if dots > len(parts):
                continue  # beyond its package: Python refuses it
            above = parts[: len(parts) - dots + 1] if dots else []
            where = ".".join([*above, *([module] if module else [])])
            yield where
            yield from (f"{where}.{name}" for name in names)


@lru_cache(1024)
def source_of(code: bytes) -> Source:
    """Read a file's content.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: it is no Python, or nested too deeply.
    """
    defined, bound, exported = set[str](), set[str](), list[str]()
    imports: list[tuple[int, str, tuple[str, ...]]] = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            defined.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            bound.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
            names = tuple(alias.name for alias in node.names)
            if isinstance(node, ast.ImportFrom):
                imports.append((node.level, node.module or "", names))
            else:
                imports += ((0, name, ()) for name in names)
        elif isinstance(node, ast.Call):
            imports += _called(node)
        elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(one, ast.Name) and one.id == "__all__" for one in targets):
                exported += _words(node.value)
    return Source(frozenset(defined), frozenset(bound), tuple(exported), tuple(imports))


def _called(node: ast.Call) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    told = node.args[0] if node.args else None
    if name in _IMPORTERS and isinstance(told, ast.Constant) and isinstance(told.value, str):
        module = told.value.lstrip(".")
        yield len(told.value) - len(module), module, ()


def _words(node: ast.expr) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str) and one.value.isidentifier():
            yield one.value
