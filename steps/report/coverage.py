"""pass@k: how often a problem is solved when it is asked k times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.select.candidates import judged

_ALL = "all"


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate of pass@k from n completions of which c passed.

    `1 - C(n-c, k) / C(n, k)`, in the product form that does not overflow
    (Chen et al. 2021, "Evaluating Large Language Models Trained on Code").

    >>> pass_at_k(n=4, c=1, k=1)
    0.25
    >>> pass_at_k(n=4, c=1, k=4)
    1.0
    """
    if k > n:
        raise ValueError(f"pass@{k} needs at least {k} completions, there are {n}")
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


@dataclass(frozen=True, slots=True)
class Coverage:
    """One line of the table: a family of problems, or all of them.

    `pass_at_1` is taken from the first completions of each problem, as many as every problem has: asking
    until enough have passed would otherwise make easy problems count too well. `coverage` is the share of
    problems with at least one pass among all that were asked, up to `n`: pass@n, also when asking stopped
    early because it had passed. Both are None where nothing was found right or wrong: then nobody judged.
    """

    family: str
    problems: int
    completions: int
    n: int
    pass_at_1: float | None
    coverage: float | None


def family_of(metadata: str = "metadata") -> pl.Expr:
    """Column `family`: what a problem's metadata (a column of JSON text) says of it, or `all`."""
    return pl.col(metadata).str.json_path_match("$.family").fill_null(_ALL).alias("family")


def coverage_by_family(ledger: Ledger, verifier: str) -> list[Coverage]:
    """A line for each `family` in the problems' metadata, and one for all of them last.

    A completion that was cut off counts as one that did not pass; one whose check broke does not count.
    """
    told = ledger.scan("problems").unique("id", keep="any").select(family_of(), problem="id")
    rows = (
        judged(ledger, verifier)
        .filter(pl.col("status") != "error")
        .select(
            "problem",
            "index",
            passed=pl.col("status") == "pass",
            decided=pl.col("status").is_in(["pass", "fail"]).any(),
        )
        .join(told, on="problem")
        .sort("problem", "index")
        .collect()
    )
    if rows.is_empty():
        return []
    shared = int(rows.group_by("problem").len().select(pl.col("len").min()).item())
    lines = [_line(str(name), part, shared) for (name,), part in sorted(rows.group_by("family"))]
    return lines if [line.family for line in lines] == [_ALL] else [*lines, _line(_ALL, rows, shared)]


def _line(family: str, rows: pl.DataFrame, shared: int) -> Coverage:
    by_problem = rows.group_by("problem").agg(
        n=pl.len(), solved=pl.col("passed").any(), first=pl.col("passed").head(shared).mean()
    )
    means = by_problem.select(pl.col("n").max(), pl.col("solved").mean(), pl.col("first").mean()).row(0)
    first, solved = (float(means[2]), float(means[1])) if rows["decided"].any() else (None, None)
    return Coverage(family, by_problem.height, rows.height, int(means[0]), first, solved)
