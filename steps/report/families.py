"""The same figures by a column of the problems' metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from winnow.steps.errors import UsageError
from winnow.steps.ledger.view import ALL
from winnow.steps.report.curves import pass_curve, points, rounded, solved_curve
from winnow.steps.report.model import Family
from winnow.steps.report.tries import Tries

NONE, OTHERS = "(none)", "(others)"
FAMILY = "family"
"""The column that is told of always."""

_MOST = 40  # values of a column; of those that fewer problems have, one line
_NAME = re.compile(r"[^\x00-\x1f'\"\\\[\]]{1,200}")


def value_of(column: str) -> pl.Expr:
    """Column `value`: what a problem's metadata (a column of JSON text) says under this name, or `(none)`.

    Raises:
        UsageError: no column can be named so.
    """
    if not _NAME.fullmatch(column):
        raise UsageError(f"--by {column!r}: expected the name of a column of the problems' metadata")
    told = pl.col("metadata").str.json_path_match(f"$['{column}']")
    return told.fill_null(NONE).alias("value")


def by_column(
    problems: pl.DataFrame,
    column: str,
    most: int,
    rows: Mapping[str, pl.DataFrame],
    *,
    decided: bool,
    fixed: bool,
) -> list[Family]:
    """A line for each value of the column, by name, and one for all problems last.

    Args:
        problems: those of `Outcomes`.
        most: completions of the curves of pass@k.
        rows: of each dataset the kept rows by `problem`: `kept`.
        decided: whether a verdict says right or wrong.
        fixed: whether each problem was asked equally often, so that all completions count.
    """
    told = problems.with_columns(value_of(column))
    for name, kept in rows.items():
        told = told.join(
            kept.select("problem", pl.col("kept").alias(f"rows {name}")), on="problem", how="left"
        )
    counts = told["value"].value_counts().sort(["count", "value"], descending=[True, False])
    shown = set(counts["value"].head(_MOST))
    if counts.height > _MOST:
        known = pl.col("value").is_in(list(shown))
        told = told.with_columns(pl.when(known).then("value").otherwise(pl.lit(OTHERS)).alias("value"))

    def line(value: str, some: pl.DataFrame) -> Family:
        return _line(value, some, most, list(rows), decided=decided, fixed=fixed)

    lines = [line(str(value), some) for (value,), some in sorted(told.group_by("value"))]
    alone = [one.value for one in lines] in ([], [NONE])
    return [*([] if alone else lines), line(ALL, told)]


def _line(
    value: str, some: pl.DataFrame, most: int, datasets: list[str], *, decided: bool, fixed: bool
) -> Family:
    tokens = (some["prompt_tokens"].sum() or 0) + (some["completion_tokens"].sum() or 0)
    kept = {name: int(some[f"rows {name}"].sum() or 0) for name in datasets}
    told = {
        "value": value,
        "problems": some.height,
        "completions": int(some["completions"].sum() or 0),
        "tokens": int(tokens),
        "rows": kept,
    }
    tries = Tries.of(some["passed"])
    if not decided or not len(tries.n):
        return Family(**told, pass_at_1=None, coverage=None, low=None, high=None)
    counted = tries if fixed else tries.head(most)
    passed = points(pass_curve(counted.n, counted.c(), most))
    solved = solved_curve(tries.first(), tries.most)
    return Family(
        **told,
        pass_at_1=passed[0].value,
        coverage=rounded(solved.mean[-1]),
        low=rounded(solved.low[-1]),
        high=rounded(solved.high[-1]),
        pass_at_k=passed,
        solved_by_k=points(solved),
    )
