"""What came back of a batch, line by line: where each answer stands, and what became of the others.

Lines come in any order, some not at all, some twice, some as garbage: each counts for what it says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from winnow.steps.engine.failures import Passing, Rejected, Trouble, of_status
from winnow.steps.engine.reply import Reply, loads, reply_of
from winnow.steps.engine.transport import spelled
from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError


class Line(NamedTuple):
    """Where a line stands in a file, in bytes."""

    path: Path
    offset: int
    length: int


Outcome = Line | Trouble


@dataclass(slots=True)
class Results:
    """By `custom_id`: the line that answers, or the trouble that it met. `lines` counts all that are there,
    `garbage` those that say nothing."""

    outcomes: dict[str, Outcome] = field(default_factory=dict)
    lines: int = 0
    garbage: int = 0

    @property
    def answered(self) -> Iterator[str]:
        """The ids of requests that were answered."""
        return (one for one, outcome in self.outcomes.items() if isinstance(outcome, Line))


def results_of(paths: Iterable[Path]) -> Results:
    """Read the files of one batch; one that is not there holds nothing. The first answer to a request
    counts, and any answer more than a trouble.

    Raises:
        MissingError: one cannot be read.
    """
    found = Results()
    for path in paths:
        offset = 0
        try:
            with path.open("rb") as file:
                for raw in file:
                    _take(found, raw, Line(path, offset, len(raw)))
                    offset += len(raw)
        except FileNotFoundError:
            continue
        except OSError as broken:
            raise MissingError(f"{path} cannot be read: {broken.strerror}") from None
    return found


def _take(found: Results, raw: bytes, line: Line) -> None:
    if not raw.strip():
        return
    found.lines += 1
    try:
        value = loads(raw)
        key = value["custom_id"]
        outcome = _outcome(value, line)
    except (Passing, TypeError, KeyError):
        found.garbage += 1
        return
    if not isinstance(key, str):
        found.garbage += 1
    elif not isinstance(found.outcomes.get(key), Line):
        found.outcomes[key] = outcome


def _outcome(value: dict[str, Any], line: Line) -> Outcome:
    response, error = value.get("response"), value.get("error")
    status = response.get("status_code") if isinstance(response, dict) else None
    if type(status) is int and isinstance(response, dict):
        if status == 200 and isinstance(response.get("body"), dict):
            return line
        if status != 200:
            trouble = of_status(status, {}, spelled(_object(response.get("body"))))
            # of one request: what is wrong with the key or the account ends whole batches
            return trouble if isinstance(trouble, Passing) else Rejected(status, _said(trouble))
    if isinstance(error, dict):
        return Passing(plain(f"{error.get('code')}: {error.get('message')}"))
    return Passing("the line has no answer")


def _object(body: Any) -> dict[str, Any]:
    return body if isinstance(body, dict) else {"message": str(body)}


def _said(trouble: Trouble) -> str:
    return trouble.said if isinstance(trouble, Rejected) else str(trouble)


def reply_at(line: Line) -> Reply:
    """The chat completion in a line.

    Raises:
        Passing: it holds none.
        MissingError: the file cannot be read any more.
    """
    try:
        with line.path.open("rb") as file:
            file.seek(line.offset)
            raw = file.read(line.length)
    except OSError as broken:
        raise MissingError(f"{line.path} cannot be read: {broken.strerror}") from None
    return reply_of(loads(raw)["response"]["body"], raw)
