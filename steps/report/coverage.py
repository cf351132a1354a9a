"""pass@k: how often a problem is solved when it is asked k times."""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import Part
from winnow.steps.ledger.view import ALL, as_told_last, family_of
from winnow.steps.select.parts import judged_in, judged_parts


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
    early because it had passed.
    """

    family: str
    problems: int
    completions: int
    n: int
    pass_at_1: float
    coverage: float


def coverage_by_family(ledger: Ledger, verifier: str) -> list[Coverage]:
    """A line for each `family` in the problems' metadata, and one for all of them last.

    A completion that was cut off counts as one that did not pass; one whose check broke does not count.
    """
    with tempfile.TemporaryDirectory(prefix="winnow-coverage-") as folder:
        columns = ("id", "source_id", "metadata", "created_at")
        parts = judged_parts(ledger, verifier, Path(folder), columns=columns)
        problems = pl.concat([_problems(part, verifier) for part in parts])
    if problems.is_empty():
        return []
    shared = problems.select(pl.col("passed").list.len().min()).item()
    lines = [_line(str(name), some, shared) for (name,), some in sorted(problems.group_by("family"))]
    return lines if [line.family for line in lines] == [ALL] else [*lines, _line(ALL, problems, shared)]


def _problems(part: Part, verifier: str) -> pl.DataFrame:
    """One row a problem: its family, and whether each completion passed, by index."""
    status = pl.col("status").sort_by("index")
    outcomes = judged_in(part, verifier).filter(pl.col("status") != "error").group_by("problem")
    families = as_told_last(part.scan("problems")).select(family_of(), problem="id")
    rows = outcomes.agg(passed=status == "pass").join(families, on="problem")
    return rows.select("family", "passed").collect()


def _line(family: str, problems: pl.DataFrame, shared: int) -> Coverage:
    passed = pl.col("passed").list
    asked, most, solved, first = problems.select(
        passed.len().sum(),
        passed.len().max().alias("most"),
        passed.any().mean().alias("solved"),
        passed.head(shared).list.mean().mean().alias("first"),
    ).row(0)
    return Coverage(family, problems.height, int(asked), int(most), float(first), float(solved))
