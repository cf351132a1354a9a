"""A group in the terminal, and a run's problems."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from winnow.pipelines.terminal import out
from winnow.pipelines.wrap import one_line, wrapped
from winnow.steps.records import canonical
from winnow.steps.report.groups import Entry, Shown

_LINES = 12  # of a text that is not shown in full
_CHARS = 2000
_COLOURS = {"pass": "green", "fail": "red", "error": "yellow", "skip": "yellow"}
_WAYS = ("model", "told")


def show_group(group: Shown, entries: Sequence[Entry], *, full: bool, more: int) -> None:
    """Print a problem and these of its candidates; `more` are left out, for there are too many."""
    _head("problem", group.source_id, f"key {group.key}" if group.key != group.source_id else "")
    _note(_tally(group))
    if group.departed:
        _note("the source has it no more: it left, or its prompt or reference was mended", "yellow")
    if group.rows:
        _note(f"in {_told_rows(group.rows)}")
    for message in group.prompt:
        _head(str(message.get("role")))
        _text(str(message.get("content")), full)
    for name, told in (("reference", group.reference), ("metadata", group.metadata)):
        if told:
            _head(name)
            for key, value in told.items():
                _text(f"{key}: {_plain(value)}", full)
    alike = _alike(group.entries)
    if alike:
        _head("asked")
        _text(alike, full)
    for entry in entries:
        _entry(entry, full, alike)
    if more:
        _line(f"{more:,} more: see --limit", "dim")


def show_problems(rows: Sequence[Mapping[str, Any]], total: int) -> None:
    """Print problems, a line each: columns `id`, `family`, `n`, `passes`, `prompt`; `total` were found."""
    table = Table("problem", "family", "n", "passes", "prompt", box=None, pad_edge=False)
    table.columns[2].justify = table.columns[3].justify = "right"
    for column in table.columns:
        column.no_wrap = True
    told = [
        (
            one_line(str(row["id"]), 36),
            one_line(str(row["family"]), 18),
            f"{row['n']:,}",
            f"{row['passes']:,}",
        )
        for row in rows
    ]
    heads = [str(column.header) for column in table.columns[:-1]]
    taken = sum(max(map(cell_len, column)) + 2 for column in zip(heads, *told, strict=True))
    for row, (*cells, passes) in zip(rows, told, strict=True):
        colour = "green" if row["passes"] else "red" if row["n"] else ""
        prompt = one_line(row["prompt"], max(20, out.width - taken))
        table.add_row(*map(Text, cells), Text(passes, colour), Text(prompt))
    out.print(table)
    rest = f", of which {total - len(rows):,} more: see --limit" if total > len(rows) else ""
    _line(f"{total:,} problems{rest}" if total != 1 else "1 problem")


def _entry(entry: Entry, full: bool, alike: str) -> None:
    row = entry.completion
    status = entry.status or "not judged"
    first = Text(f"#{row['index']} ", "bold").append(status.upper(), f"bold {_COLOURS.get(status, '')}")
    out.print()
    out.print(first, soft_wrap=True)
    if entry.flipped:
        _note("the verifier changed its mind: it is in no dataset", "yellow")
    if entry.reason:
        _text(f"reason: {entry.reason}", full)
    if entry.extracted is not None:
        _text(f"extracted: {entry.extracted}", full)
    for told in entry.rewards:
        _text(_reward(told), full)
    _note(" · ".join(_facts(entry)), "dim")
    if entry.rows:
        _note(f"in {_told_rows(entry.rows)}")
    if not alike:
        _text(_way(row), full)
    if row["reasoning"]:
        _line("  thought:", "dim")
        _text(row["reasoning"], full, "  | ")
    _text(row["text"], full, "  > ")


def _reward(told: Mapping[str, Any]) -> str:
    """What a scorer said: a number, one for each reasoning step, or why there is none; a judge's words."""
    steps = [f"{one:.3g}" for one in told["steps"] or ()]
    whole = [] if told["reward"] is None else [f"{told['reward']:.3g}"]
    of_steps = [f"steps {' '.join(steps)}"] if steps else []
    said = ", ".join([*whole, *of_steps]) or "none"
    return f"reward by {told['scorer']}: {said}{': ' if told['reason'] else ''}{told['reason'] or ''}"


def _facts(entry: Entry) -> Iterator[str]:
    row = entry.completion
    yield f"{row['length']:,} characters"
    asked = f", after {row['prompt_tokens']:,}" if row["prompt_tokens"] else ""  # told once a request
    yield f"{row['completion_tokens'] or 0:,} tokens{asked}"
    yield f"ended by {row['finish_reason']}"
    if entry.score is not None and entry.score not in (0.0, 1.0):
        yield f"score {entry.score:.3g}"
    if entry.results:
        yield f"tests {entry.results}"
    if row["logprob"] is not None:
        yield f"log-probability {row['logprob']:.2f}"
    if row["cost"] is not None:
        yield f"cost {row['cost']:.6f}"
    if row["server"]:
        yield f"by {row['server']}"


def _alike(entries: Sequence[Entry]) -> str:
    """How all were asked; empty, where they were asked in several ways."""
    ways = {_way(entry.completion) for entry in entries}
    return ways.pop() if len(ways) == 1 else ""


def _way(row: Mapping[str, Any]) -> str:
    return f"{row['model']}, {row['told']}"


def _tally(group: Shown) -> str:
    found = Counter(entry.status or "not judged" for entry in group.entries)
    family = group.metadata.get("family")
    told = [f"{found[status]} {status}" for status in (*_COLOURS, "not judged") if found[status]]
    named = [one_line(f"family {_plain(family)}", 40)] if family is not None else []
    return ", ".join([*named, f"{len(group.entries)} completions", *told])


def _told_rows(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count} rows)" if count > 1 else name for name, count in sorted(rows.items()))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else canonical(value)


def _head(name: str, *more: str) -> None:
    told = " ".join(one for one in more if one)
    out.print()
    for line in wrapped(f"{name} {told}".rstrip(), out.width):
        _line(line, "bold")


def _text(text: str, full: bool, indent: str = "  ") -> None:
    """A text of somebody's, by lines; not in full, the first of them."""
    whole = text if full else text[:_CHARS]
    for at, line in enumerate(wrapped(whole, out.width - len(indent))):
        if not full and at == _LINES:
            break
        _line(indent + line)
    else:
        if len(whole) == len(text):
            return
    _note(f"… of {len(text):,} characters: --full shows all", "dim")


def _note(text: str, style: str = "") -> None:
    for line in wrapped(text, out.width - 2):
        _line("  " + line, style)


def _line(line: str, style: str = "") -> None:
    out.print(Text(line, style), soft_wrap=True)
