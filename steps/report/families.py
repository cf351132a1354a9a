"""The same figures by a column of the problems' metadata."""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl

from winnow.steps.errors import UsageError
from winnow.steps.ledger.view import ALL
from winnow.steps.report.curves import pass_curve, points, solved_curve
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
    tries = Tries.of(some["passed"])
    known = decided and len(tries.n) > 0
    counted = tries if fixed else tries.head(most)
    passed = points(pass_curve(counted.n, counted.c(), most)) if known else []
    solved = points(solved_curve(tries.first(), tries.most)) if known else []
    end = solved[-1] if solved else None
    return Family(
        value=value,
        problems=some.height,
        completions=_sum(some["completions"]),
        pass_at_1=passed[0].value if passed else None,
        coverage=end.value if end else None,
        low=end.low if end else None,
        high=end.high if end else None,
        tokens=_sum(some["prompt_tokens"]) + _sum(some["completion_tokens"]),
        rows={name: _sum(some[f"rows {name}"]) for name in datasets},
        pass_at_k=passed,
        solved_by_k=solved,
    )


def _sum(counts: pl.Series) -> int:
    return int(counts.sum() or 0)
