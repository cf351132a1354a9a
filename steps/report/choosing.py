"""Curves of choosing one of N completions, with their intervals."""

from __future__ import annotations

import polars as pl

from winnow.steps.report.best_of import best_of_each
from winnow.steps.report.curves import points
from winnow.steps.report.intervals import bootstrap
from winnow.steps.report.model import Point

_WAYS = ("majority", "best_of_n", "weighted")


def chosen_curves(choices: pl.DataFrame, most: int) -> dict[str, list[Point]]:
    """The curves `majority`, `best_of_n` and `weighted` for N = 1, 2, 4, ... and `most`, as `best_of` defines
    them; without points where there are no answers, or no rewards.

    Args:
        choices: columns problem, index, reward, answer, right.
        most: completions of a problem; those who have fewer count up to what they have.
    """
    ns = sorted({2**power for power in range(most.bit_length())} | {most} - {0})
    found: dict[str, list[Point]] = {way: [] for way in _WAYS}
    each = best_of_each(choices, ns).drop_nulls("problem")
    for way in _WAYS:
        told = each.filter(pl.col(way).is_not_null())
        if told.is_empty():
            continue
        table = told.pivot("n", index="problem", values=way, maintain_order=True).drop("problem")
        known = [n for n in ns if str(n) in table.columns]
        found[way] = points(bootstrap(table.select(map(str, known)).to_numpy()), known)
    return found
