"""Which field of a row becomes what: the keys that all sources of rows share, and what they make of a row."""

from __future__ import annotations

from abc import abstractmethod
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from winnow.steps.numbering import Numbering
from winnow.steps.records import BadRow, Message, Problem, key_of
from winnow.steps.source.base import Source
from winnow.steps.source.messages import conversation, prompt_of
from winnow.steps.source.template import Template, parse
from winnow.steps.source.values import RowError, json_value, kind, listed, lookup, nearest, shown

Row = Mapping[str, Any]


class MappedSource(Source):
    """A source whose rows are objects: which of their fields is the prompt, and which the reference.

    Exactly one of `prompt` (a string, or messages), `template` (text with `{field}` in it) and `messages`
    says what is asked. `id` names the field of the row's own id; without it a row is called by the hash of
    its prompt and reference. Fields may be dotted: `answer.value`.
    """

    id: str | None = None
    prompt: str | None = None
    """The field with the prompt: a text, or chat messages. Or `template`, or `messages`."""
    template: str | None = None
    """The prompt as a text with `{field}` in it."""
    messages: str | None = None
    """The field with chat messages."""
    reference: dict[str, str] = Field(default_factory=dict)
    """What the verifier is given: its names for it, and the fields that hold it."""
    metadata: dict[str, str] = Field(default_factory=dict)
    """What reports and cards group by, such as `family`: names, and the fields that hold them."""

    @field_validator("template")
    @classmethod
    def _parses(cls, template: str | None) -> str | None:
        if template is not None:
            parse(template)
        return template

    @model_validator(mode="after")
    def _asks_once(self) -> Self:
        ways = {"prompt": self.prompt, "template": self.template, "messages": self.messages}
        given = [way for way, value in ways.items() if value is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise ValueError(f"expected exactly one of prompt, template and messages, found {found}")
        return self

    @property
    def unit(self) -> str:
        """What a message counts in: rows, or lines."""
        return "row"

    @property
    def fields(self) -> tuple[str, ...]:
        """Every field that the mapping reads, each once, in a fixed order."""
        asked = parse(self.template).fields if self.template else (self.prompt or self.messages or "",)
        own = (self.id,) if self.id else ()
        return tuple(dict.fromkeys((*own, *asked, *self.reference.values(), *self.metadata.values())))

    @abstractmethod
    def raw(self) -> Iterator[tuple[int, Any]]:
        """The rows as the source holds them, each with its number; a RowError in place of a broken one."""

    def rows(self) -> Iterator[Problem | BadRow]:
        """Every row, mapped; rows that are broken, incomplete, or there already, are bad rows."""
        template = parse(self.template) if self.template else None
        seen = _Seen(self.unit)
        for number, row in islice(self.raw(), self.limit):
            try:
                problem = self._problem(row, template)
                seen.admit(problem, number, named=self.id is not None)
            except RowError as wrong:
                yield BadRow(f"{self.place}, {self.unit} {number}", str(wrong))
            except RecursionError:
                yield BadRow(f"{self.place}, {self.unit} {number}", "nested too deeply")
            else:
                yield problem

    def _problem(self, row: Any, template: Template | None) -> Problem:
        if isinstance(row, RowError):
            raise row
        if not isinstance(row, Mapping):
            raise RowError(f"expected an object, found {kind(row)}: {shown(row)}")
        own = _id(lookup(row, self.id)) if self.id else ""
        prompt = self._prompt(row, template)
        reference = {name: _required(row, field) for name, field in self.reference.items()}
        metadata = {name: json_value(lookup(row, field)) for name, field in self.metadata.items()}
        problem = Problem(own, prompt, reference, metadata)
        return problem if self.id else replace(problem, source_id=problem.id)

    def _prompt(self, row: Row, template: Template | None) -> tuple[Message, ...]:
        if template is not None:
            filled = template.fill(row)
            if not filled.strip():
                raise RowError("the prompt is empty: so is every field of the template")
            return ({"role": "user", "content": filled},)
        if self.prompt is not None:
            return prompt_of(lookup(row, self.prompt))
        return conversation(lookup(row, self.messages or ""))


def missing_columns(fields: tuple[str, ...], columns: list[str]) -> str:
    """What is wrong where a table lacks columns that the mapping reads; empty where it has them all.

    >>> missing_columns(("question", "meta.level"), ["qestion", "meta"])
    "no column 'question'; did you mean 'qestion'? It has: qestion, meta"
    """
    lacking = [field for field in fields if field not in columns and field.split(".")[0] not in columns]
    if not lacking:
        return ""
    named = " and ".join(f"no column {field!r}{nearest(field, columns)}" for field in lacking)
    return f"{named}{'' if named.endswith('?') else '.'} It has: {listed(columns)}"


class _First:
    """The number at which each key came first: some 40 bytes a key."""

    def __init__(self) -> None:
        self._numbering, self._first = Numbering(), array("Q")

    def of(self, key: str, number: int) -> int:
        """The number at which this key came first, which is this one if it is new."""
        found = self._numbering.add(key)
        if found == len(self._first):
            self._first.append(number)
        return self._first[found]


class _Seen:
    """Ids and problems that were there already."""

    def __init__(self, unit: str) -> None:
        self._unit = unit
        self._ids, self._problems = _First(), _First()

    def admit(self, problem: Problem, number: int, *, named: bool) -> None:
        """Note a problem that stands at this number.

        Raises:
            RowError: its id, or its prompt and reference, stand at an earlier one.
        """
        if named:
            first = self._ids.of(key_of(problem.source_id), number)
            if first != number:
                told = shown(problem.source_id)
                raise RowError(f"id {told!r} stands on {self._unit} {first} already: make it unique")
        first = self._problems.of(problem.id, number)
        if first != number:
            raise RowError(f"same problem as {self._unit} {first}: equal prompt and reference; leave one out")


def _required(row: Row, field: str) -> Any:
    value = json_value(lookup(row, field))
    if value is None:
        raise RowError(f"the reference field {field!r} is null: a verifier needs a value")
    return value


def _id(value: Any) -> str:
    value = json_value(value)
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise RowError(f"expected an id that is text or a whole number, found {kind(value)}: {shown(value)}")
    return str(value)
