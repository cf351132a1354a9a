"""A YAML file as plain data that remembers the line of every key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml

from winnow.steps.errors import UsageError
from winnow.steps.records import clean_text

T = TypeVar("T")
Path_ = tuple[str | int, ...]
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""What a recipe, and so the folder of its run, may be called."""
_MAP, _SEQ = "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"
_MERGE = "tag:yaml.org,2002:merge"
_MOST_NODES = 200_000  # aliases can make a small file unfold without end


@dataclass(slots=True)
class Document:
    """`data` is what the file says; `lines` leads from a path in it to the line, counted from 1."""

    name: str
    data: dict[str, Any]
    lines: dict[Path_, int] = field(default_factory=dict)

    def where(self, path: Path_) -> str:
        """`file:line` of a path, or of the nearest thing above it that has a line."""
        while path and path not in self.lines:
            path = path[:-1]
        line = self.lines.get(path)
        return f"{self.name}:{line}" if line else self.name


def read_document(path: Path, sets: Sequence[str] = ()) -> Document:
    """Read a YAML file that holds one mapping, with overrides such as `sample.temperature=0.7` laid over it.

    Raises:
        UsageError: it is missing, not YAML, not a mapping, or says a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UsageError(f"no recipe at {path}: {_nearby(path)}") from None
    except IsADirectoryError:
        raise UsageError(f"{path} is a folder: name the recipe's file in it") from None
    except UnicodeDecodeError as broken:
        raise UsageError(f"{path} is not UTF-8 text: byte {broken.start}") from None
    except OSError as broken:
        raise UsageError(f"{path} cannot be read: {broken.strerror}") from None
    document = parse_document(text, str(path))
    for one in sets:
        _lay_over(document, one)
    return document


def parse_document(text: str, name: str) -> Document:
    """The same for text that is at hand; `name` stands in messages."""
    try:
        node = _deep_enough(name, lambda: yaml.compose(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as broken:
        mark = getattr(broken, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = getattr(broken, "problem", None) or str(broken).splitlines()[0]
        raise UsageError(f"{name}{line}: this is not YAML: {problem}") from None
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"{name}: a recipe is a mapping of keys (name, source, sample, verify, build)")
    document = Document(name, {})
    document.data = _deep_enough(name, lambda: _Reader(document).value(node, ()))
    return document


def _deep_enough(name: str, read: Callable[[], T]) -> T:
    try:
        return read()
    except RecursionError:
        raise UsageError(f"{name}: nested too deeply, or an alias that holds itself") from None


def _lay_over(document: Document, assignment: str) -> None:
    dotted, equals, told = assignment.partition("=")
    keys = dotted.strip().split(".")
    if not equals or not all(keys):
        raise UsageError(f"--set {assignment}: expected KEY.KEY=VALUE, such as sample.temperature=0.7")
    try:
        value = yaml.safe_load(told)
    except yaml.YAMLError:
        raise UsageError(f"--set {assignment}: the value is not YAML: quote it") from None
    place: Any = document.data
    for at, key in enumerate(keys[:-1]):
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            raise UsageError(f"--set {assignment}: {'.'.join(keys[: at + 1])} is no mapping")
    place[keys[-1]] = value


class _Reader:
    def __init__(self, document: Document) -> None:
        self._document = document
        self._scalars = yaml.SafeLoader("")
        self._nodes = 0

    def value(self, node: yaml.Node, path: Path_) -> Any:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            raise UsageError(f"{self._document.name}: more than {_MOST_NODES} values: use fewer aliases")
        self._document.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode) and node.tag == _MAP:
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag == _SEQ:
            return [self.value(item, (*path, at)) for at, item in enumerate(node.value)]
        try:
            value = self._scalars.construct_object(node)
            return clean_text(value) if isinstance(value, str) else value
        except (yaml.YAMLError, ValueError) as broken:
            problem = getattr(broken, "problem", None) or broken
            raise UsageError(f"{self._document.where(path)}: {problem}") from None

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        merged: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if key_node.tag == _MERGE:
                below = self.value(value_node, path)
                for one in below if isinstance(below, list) else [below]:
                    merged = {**(one if isinstance(one, dict) else {}), **merged}
                continue
            key = self.value(key_node, (*path, "<key>"))
            if not isinstance(key, str):
                told = (
                    ""
                    if not isinstance(key, bool)
                    else " (YAML reads on, off, yes and no as booleans: quote it)"
                )
                raise UsageError(f"{self._document.name}:{line}: the key {key!r} is not a string{told}")
            if key in found:
                raise UsageError(f"{self._document.name}:{line}: the key {key!r} stands twice")
            self._document.lines[(*path, key)] = line
            found[key] = self.value(value_node, (*path, key))
        return {**merged, **found}


def _nearby(path: Path) -> str:
    folder = path.parent if path.parent.is_dir() else Path()
    there = sorted(found.name for found in folder.glob("*.y*ml"))[:8]
    return f"{folder}/ has {', '.join(there)}" if there else f"there is no recipe in {folder.resolve()}"
