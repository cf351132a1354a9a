"""Completions that somebody has judged: lines of JSON with a reference, a completion and a label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from winnow.steps.errors import UsageError
from winnow.steps.source.jsonl import read_jsonl
from winnow.steps.source.values import RowError, json_value, kind, lookup, shown

_RIGHT = {"pass", "passed", "correct", "right", "true", "yes", "1"}
_WRONG = {"fail", "failed", "incorrect", "wrong", "false", "no", "0"}


@dataclass(frozen=True, slots=True)
class Labelled:
    """A completion with its reference, and whether it is right; `right` is None where nobody said."""

    where: str
    reference: Mapping[str, Any]
    completion: str | None
    right: bool | None


@dataclass(frozen=True, slots=True)
class Fields:
    """Where in a line things stand, as dotted names.

    `reference` maps the verifier's keys to fields; empty, the field `reference` is the whole of it. A line
    may hold several completions: `completions` and `labels` go together, field by field, and a field may be
    a list, whose items go together too.
    """

    reference: Mapping[str, str] = field(default_factory=dict)
    completions: Sequence[str] = ("completion",)
    labels: Sequence[str] = ("label",)

    def __post_init__(self) -> None:
        if len(self.completions) != len(self.labels):
            raise UsageError(
                f"{len(self.completions)} fields of completions and {len(self.labels)} of labels: "
                "expected a --label for each --completion"
            )


def read_labelled(path: str, fields: Fields) -> Iterator[Labelled]:
    """Every completion of the file; a line without label and completion is a reference alone.

    Raises:
        MissingError: the file cannot be read.
        UsageError: a line is not what `fields` says; told with file and line.
    """
    for number, row in read_jsonl(path):
        where = f"{path}, line {number}"
        try:
            if isinstance(row, RowError):
                raise row
            if not isinstance(row, Mapping):
                raise RowError(f"expected an object, found {kind(row)}")
            yield from _of_row(where, row, fields)
        except RowError as wrong:
            raise UsageError(f"{where}: {wrong}") from None


def _of_row(where: str, row: Mapping[str, Any], fields: Fields) -> Iterator[Labelled]:
    reference = _reference(row, fields)
    if not any(_top(name) in row for name in (*fields.completions, *fields.labels)):
        yield Labelled(where, reference, None, None)
        return
    for completion, label in zip(fields.completions, fields.labels, strict=True):
        texts, labels = lookup(row, completion), lookup(row, label)
        if not isinstance(texts, list):
            texts, labels = [texts], [labels]
        if not isinstance(labels, list) or len(labels) != len(texts):
            found = f"{len(labels)} labels" if isinstance(labels, list) else f"{kind(labels)} as label"
            raise RowError(f"expected a label for each of {len(texts)} completions, found {found}")
        for text, said in zip(texts, labels, strict=True):
            if not isinstance(text, str):
                raise RowError(f"expected text in {completion!r}, found {kind(text)}: {shown(text)}")
            yield Labelled(where, reference, text, _right(said, label))


def _reference(row: Mapping[str, Any], fields: Fields) -> Mapping[str, Any]:
    if fields.reference:
        return {key: json_value(lookup(row, name)) for key, name in fields.reference.items()}
    found = lookup(row, "reference")
    if not isinstance(found, Mapping):
        raise RowError(f"expected an object in 'reference', found {kind(found)}: {shown(found)}")
    return {str(key): json_value(value) for key, value in found.items()}


def _right(said: Any, name: str) -> bool:
    told = str(int(said)) if isinstance(said, bool | float) and said in (0, 1) else str(said).strip().lower()
    if told in _RIGHT or told in _WRONG:
        return told in _RIGHT
    raise RowError(f"expected true or false, pass or fail, 1 or 0 in {name!r}, found {shown(said)!r}")


def _top(name: str) -> str:
    return name.split(".")[0]
