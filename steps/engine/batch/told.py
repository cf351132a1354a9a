"""A batch as its provider tells of it: read without trust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from winnow.steps.engine.failures import Passing
from winnow.steps.engine.words import plain

_MOST_ERRORS = 100_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a batch was refused as a whole, or one `line` of its file, the first of which is 1."""

    code: str
    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """A batch as the provider tells of it."""

    id: str
    status: str
    input: str | None
    output: str | None
    errors: str | None
    faults: tuple[Fault, ...]
    answered: int
    metadata: dict[str, Any]

    @property
    def ended(self) -> bool:
        return self.status in ("completed", "failed", "expired", "cancelled")


def told_of(value: Any) -> Told:
    """A batch as JSON, read without trust.

    Raises:
        Passing: it is none.
    """
    if not isinstance(value, dict):
        raise Passing("the reply tells of no batch")
    counts, errors = value.get("request_counts"), value.get("errors")
    data = errors.get("data") if isinstance(errors, dict) else None
    metadata = value.get("metadata")
    answered = counts.get("completed") if isinstance(counts, dict) else None
    return Told(
        id=id_of(value),
        status=str(value.get("status")).lower(),
        input=_name(value.get("input_file_id")),
        output=_name(value.get("output_file_id")),
        errors=_name(value.get("error_file_id")),
        faults=tuple(_fault(one) for one in data[:_MOST_ERRORS]) if isinstance(data, list) else (),
        answered=answered if type(answered) is int else 0,
        metadata=metadata if isinstance(metadata, dict) else {},
    )


def _fault(value: Any) -> Fault:
    value = value if isinstance(value, dict) else {"message": value}
    line = value.get("line")
    return Fault(
        plain(str(value.get("code")), 100),
        plain(str(value.get("message"))),
        line if type(line) is int else None,
    )


def id_of(value: Any) -> str:
    """The id of a batch or a file.

    Raises:
        Passing: there is none.
    """
    found = _name(value.get("id")) if isinstance(value, dict) else None
    if found is None:
        raise Passing("the reply has no id")
    return found


def _name(value: Any) -> str | None:
    """An id, fit to stand in a path; "" and whatever else is none counts as absent."""
    return value if isinstance(value, str) and value and "/" not in value and value[0] != "." else None
