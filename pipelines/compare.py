"""Runs compared: who judged them, what their recipes say, and the tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.terminal import err, out
from winnow.pipelines.wrap import one_line
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.records import canonical
from winnow.steps.report.compare import Side, compare
from winnow.steps.report.comparison import Bill, Comparison, Measured, Slice
from winnow.steps.report.outcomes import outcomes_of
from winnow.steps.report.sentence import LEVEL, short, told_p
from winnow.verifiers import load

_ASKING = ("prompt", "template", "messages", "reference", "metadata", "limit", "on_bad_row", "rows")
_LEFT_OUT = ("name",)


def compare_runs(paths: Sequence[Path], by: Sequence[str], *, own_verifiers: bool) -> list[Comparison]:
    """Each run against the first.

    Raises:
        UsageError: they were judged by different verifiers, or one was not judged; one is named twice.
    """
    if len({path.resolve() for path in paths}) < len(paths):
        raise UsageError("a run is named twice: expected different ones")
    names = _names(paths)
    recipes = [RunFolder(path).read_recipe() for path in paths]
    verifiers = [load(recipe.verify) for recipe in recipes]
    others = [name for name, one in zip(names, verifiers, strict=True) if _differ(one, verifiers[0])]
    if others and not own_verifiers:
        raise UsageError(
            f"{', '.join(others)} and {names[0]} were judged by different verifiers: what one of them passes "
            "the other may not, whatever the model. Judge one as the other: put the `verify` of one recipe "
            "into the other's, and `winnow verify RUN --recipe` it. Or compare each by its own verifier with "
            "--own-verifiers"
        )
    sides = [_side(name, path, recipe) for name, path, recipe in zip(names, paths, recipes, strict=True)]
    alike = [_place(one) == _place(recipes[0]) for one in recipes[1:]]
    return [
        told.model_copy(
            update={
                "recipe": differing(recipes[0], recipe),
                "own_verifiers": told.second in others,
                "verdict": told.verdict
                + (" (each judged by its own verifier)" if told.second in others else ""),
            }
        )
        for told, recipe in zip(compare(sides, by, alike=alike), recipes[1:], strict=True)
    ]


def _side(name: str, path: Path, recipe: Recipe) -> Side:
    ledger, verifier = Ledger(RunFolder(path).ledger), load(recipe.verify)
    found = outcomes_of(ledger, verifier.fingerprint)
    if not found.decided:
        raise UsageError(
            f"nothing in {path} was judged right or wrong by {verifier.name!r} as its recipe has it: "
            "`winnow verify` judges what is there"
        )
    return Side(name, found.problems, ledger, early=recipe.sample.until is not None)


def differing(one: Recipe, other: Recipe) -> dict[str, tuple[str, str]]:
    """The keys whose values differ, defaults filled in, with both values as JSON."""
    first, second = (dict(_flat(recipe.whole)) for recipe in (one, other))
    keys = [key for key in [*first, *(key for key in second if key not in first)] if key not in _LEFT_OUT]
    values = {key: (first.get(key, "null"), second.get(key, "null")) for key in keys}
    return {key: both for key, both in values.items() if both[0] != both[1]}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _flat(below, f"{path}.{key}" if path else str(key))
    else:
        yield path, canonical(value)


def _place(recipe: Recipe) -> dict[str, Any]:
    """Where problems come from, but for what is made of a row."""
    return {key: value for key, value in recipe.whole["source"].items() if key not in _ASKING}


def _differ(one: Any, other: Any) -> bool:
    return bool(one.fingerprint != other.fingerprint)


def _names(paths: Sequence[Path]) -> list[str]:
    """What to call the runs: their folders, with those above where these are equal."""
    names = [path.resolve().name for path in paths]
    return names if len(set(names)) == len(names) else [str(path) for path in paths]


def show_comparison(told: Comparison) -> None:
    """Print two runs side by side, and what it comes to."""
    names = _apart(one_line(told.first, 300), one_line(told.second, 300), 20)
    first, second = (one_line(name, 20) for name in names)
    alone = (
        (told.only_first, f"only by {first}"),
        (told.only_second, f"only by {second}"),
        (told.unjudged, "by both, and not judged"),
    )
    rest = [f"{count:,} {what}" for count, what in alone if count]
    out.print(Text("; ".join([f"{told.problems:,} problems were asked by both", *rest])))
    for note in told.notes:
        err.print(Text(note))
    if told.at_k:
        _print(_by_k(told, first, second))
        _print(_bills(told, first, second))
        _tell_problems(told, first, second)
        for column, rows in told.by.items():
            _print(_by_value(column, rows, first, second))
    if told.recipe:
        table = Table("recipe", first, second, box=None, pad_edge=False)
        for key, values in told.recipe.items():
            table.add_row(*(Text(one_line(one, 24)) for one in (key, *_apart(*values))))
        _print(table)
    else:
        out.print("the recipes say the same")
    out.print()
    out.print(Text(one_line(told.verdict, 2000), "bold"))


def _apart(one: str, other: str, most: int = 24) -> tuple[str, str]:
    """Two values of which at most so many characters are shown: the beginning that long ones share is left
    out, but for a few characters.

    >>> _apart('"/data/runs/of/tonight/a.jsonl"', '"/data/runs/of/tonight/b.jsonl"')
    ('…night/a.jsonl"', '…night/b.jsonl"')
    """
    alike = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    shared = sum(1 for _ in alike) - 6
    if max(len(one), len(other)) <= most or shared <= 0:
        return one, other
    return f"…{one[shared:]}", f"…{other[shared:]}"


def _print(table: Table) -> None:
    out.print()
    out.print(table)


def _by_k(told: Comparison, first: str, second: str) -> Table:
    table = _table("k", first, second, "difference", _p_head(told.at_k))
    for row in told.at_k:
        table.add_row(f"{row.k}{'*' if row.taken == 'first' else ''}", *_figures(row), _p(row))
    if any(row.taken == "first" for row in told.at_k):
        table.caption = "* of the first k completions alone: not all were asked so often"
    return table


def _by_value(column: str, rows: Sequence[Slice], first: str, second: str) -> Table:
    table = _table(one_line(column, 20), first, second, "difference", "won", "lost", "tied", _p_head(rows))
    for row in rows:
        counts = (f"{row.wins:,}", f"{row.losses:,}", f"{row.ties:,}")
        table.add_row(Text(one_line(row.value, 24)), *_figures(row), *counts, _p(row))
    return table


def _bills(told: Comparison, first: str, second: str) -> Table:
    priced = any(bill.cost is not None for bill in (told.bill_first, told.bill_second))
    heads = ["run", "completions", "solved", "tokens", "tokens/solved"]
    table = _table(*heads, *(["cost", "cost/solved"] if priced else []))
    for name, bill in ((first, told.bill_first), (second, told.bill_second)):
        costs = [_number(bill.cost, 4), _number(bill.cost_per_solved, 6)] if priced else []
        table.add_row(Text(name), *_counts(bill), *costs)
    return table


def _tell_problems(told: Comparison, first: str, second: str) -> None:
    by = told.solved_by
    won = f"{second} won {told.wins:,}, lost {told.losses:,}, tied {told.ties:,} of the problems by pass@1"
    solved = f"solved by both {by['both']:,}, only {first} {by['first']:,}, only {second} {by['second']:,}"
    out.print(Text(f"{won}; {solved}, neither {by['neither']:,}"))


def _table(*heads: str) -> Table:
    table = Table(*heads, box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _figures(row: Measured) -> list[str]:
    interval = "" if row.low is None or row.high is None else f" [{short(row.low)}, {short(row.high)}]"
    return [short(row.first), short(row.second), f"{short(row.difference, sign=True)}{interval}"]


def _p(row: Measured) -> Text:
    return Text(told_p(row.holm), "bold" if row.holm <= LEVEL else "")


def _p_head(rows: Sequence[Measured]) -> str:
    """What the p-values are called: Holm's, where the correction changed one."""
    return "p (Holm)" if any(row.holm != row.p for row in rows) else "p"


def _counts(bill: Bill) -> list[str]:
    return [
        f"{bill.completions:,}",
        f"{bill.solved:,}",
        f"{bill.tokens:,}",
        _number(bill.tokens_per_solved, 0),
    ]


def _number(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:,.{digits}f}"
