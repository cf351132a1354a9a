"""One look at a whole source before anything is sampled: how much there is, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from winnow.steps.errors import UsageError
from winnow.steps.records import BadRow
from winnow.steps.source.base import Source

_KEPT = 20  # bad rows that a survey keeps
_NAMED = 5  # bad rows that an error names


@dataclass(slots=True)
class Survey:
    """What a source holds: `count` good rows (None where it was not read), and the first of the bad ones.

    `references` and `metadata` are the keys that any problem has.
    """

    count: int | None = 0
    bad_count: int = 0
    bad: list[BadRow] = field(default_factory=list)
    references: set[str] = field(default_factory=set)
    metadata: set[str] = field(default_factory=set)

    def refusal(self, source: Source) -> UsageError:
        """The error that names the first bad rows, and the fix."""
        lines = [f"{row.where}: {row.why}" for row in self.bad[:_NAMED]]
        if more := self.bad_count - len(lines):
            lines.append(f"... and {more:,} more")
        fix = "mend them, or leave them out with on_bad_row: skip"
        if not self.count:
            fix = "no good row is left: is the mapping of the source right?"
        found = "1 bad row" if self.bad_count == 1 else f"{self.bad_count:,} bad rows"
        return UsageError("\n  ".join([f"{source.place} has {found}; {fix}", *lines]))


def survey(source: Source) -> Survey:
    """Read a source once from end to end, in memory that does not grow with it but for its ids.

    A source without an end (a stream of the hub without a limit) is not read, and its `count` is None.

    Raises:
        MissingError: the source is not there.
        UsageError: it cannot be read, has bad rows and `on_bad_row` is `stop`, or has no good row at all.
    """
    if not source.finite:
        return Survey(count=None)
    found, count = Survey(), 0
    for row in source.rows():
        if isinstance(row, BadRow):
            found.bad_count += 1
            if found.bad_count <= _KEPT:
                found.bad.append(row)
            continue
        count += 1
        found.references.update(row.reference)
        found.metadata.update(row.metadata)
    found.count = count
    if found.bad_count and (source.on_bad_row == "stop" or not count):
        raise found.refusal(source)
    if not count:
        raise UsageError(f"{source.place} is empty: expected at least one row")
    return found
