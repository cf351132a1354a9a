"""What all formats say: a problem, the reasoning steps of an answer, and whether each of them is good."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError, UsageError


class Unfit(ValueError):
    """A row is none of its format, or a chain cannot be said in one; the message says why."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An answer as reasoning steps with a label each; of a longer one the labelled beginning.

    `answer` is the right one, where it is known; `passed` whether this answer is right in the end.
    """

    prompt: str
    steps: tuple[str, ...]
    good: tuple[bool, ...]
    id: str = ""
    answer: str | None = None
    passed: bool | None = None
    model: str = ""

    def __post_init__(self) -> None:
        if len(self.steps) != len(self.good):
            raise Unfit(f"{len(self.steps)} steps have {len(self.good)} labels, expected one each")

    @property
    def stepwise(self) -> dict[str, Any]:
        """The row in TRL's stepwise format."""
        return {"prompt": self.prompt, "completions": list(self.steps), "labels": list(self.good)}

    @property
    def first_error(self) -> int | None:
        """The place of the first bad step, from 0; None where all are good."""
        return self.good.index(False) if False in self.good else None

    @property
    def to_first_error(self) -> Chain:
        """The chain without what follows its first bad step."""
        if self.first_error is None:
            return self
        end = self.first_error + 1
        return Chain(
            self.prompt, self.steps[:end], self.good[:end], self.id, self.answer, self.passed, self.model
        )


@dataclass(frozen=True, slots=True)
class Format:
    """A form of rows: `read` gives the chains of one (raises `Unfit`), `write` the row of one chain."""

    name: str
    read: Callable[[Mapping[str, Any]], list[Chain]]
    write: Callable[[Chain], dict[str, Any]]


def read_chains(path: str | Path, form: Format) -> Iterator[Chain]:
    """The chains in a file of JSON lines.

    Raises:
        MissingError: it cannot be read.
        UsageError: a line is none of this format; told with its number.
    """
    try:
        with Path(path).open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                try:
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise Unfit("expected an object")
                    yield from form.read(row)
                except ValueError as broken:
                    raise UsageError(f"{path}:{number}: no row of {form.name}: {broken}") from None
    except (OSError, UnicodeDecodeError) as broken:
        raise MissingError(f"{path} cannot be read: {broken}") from None


def told(row: Mapping[str, Any], key: str, kind: type | tuple[type, ...]) -> Any:
    """The value of a key.

    Raises:
        Unfit: it is missing, or of another kind.
    """
    kinds = kind if isinstance(kind, tuple) else (kind,)
    value = row.get(key)
    if type(value) not in kinds:
        names = " or ".join(one.__name__ for one in kinds)
        raise Unfit(f"`{key}`: expected {names}, found {type(value).__name__}")
    return value
