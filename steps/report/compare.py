"""Runs compared on the problems that they have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl

from winnow.steps.ledger.tables import Tables
from winnow.steps.report.common import common
from winnow.steps.report.comparison import AtK, Bill, Comparison, Slice
from winnow.steps.report.curves import pass_at_every_k
from winnow.steps.report.families import value_of
from winnow.steps.report.paired import Difference, Floats, difference, holm
from winnow.steps.report.sentence import with_verdict
from winnow.steps.report.tries import Tries

_MOST = 30  # values of a column that are told; the largest


@dataclass(frozen=True, slots=True)
class Side:
    """A run: its name, what its ledger says of each problem (`Outcomes.problems`), and the ledger.

    `early` says that it stopped asking where enough had passed: then only as many completions of each problem
    as all have are a fair draw.
    """

    name: str
    problems: pl.DataFrame
    ledger: Tables
    early: bool


def compare(sides: Sequence[Side], by: Sequence[str] = (), *, alike: Sequence[bool] = ()) -> list[Comparison]:
    """Each side against the first.

    Args:
        by: metadata columns, whose values are told one by one.
        alike: of each other side, whether its source names problems as the first one's does.
    """
    names = alike or [True] * (len(sides) - 1)
    found = [_compared(sides[0], other, by, same) for other, same in zip(sides[1:], names, strict=True)]
    return [with_verdict(one, several=len(found) > 1) for one in _corrected(found)]


def _compared(one: Side, other: Side, by: Sequence[str], alike: bool) -> Comparison:
    asked = [side.problems.filter(pl.col("completions") > 0) for side in (one, other)]
    shared = common(asked[0], asked[1], (one.ledger, other.ledger), alike=alike)
    rows = shared.pairs
    for name, frame in zip(("first", "second"), asked, strict=True):
        told = frame.select(_suffixed(name), pl.col("problem").alias(name))
        rows = rows.join(told, on=name, maintain_order="left")
    judged = rows.filter((pl.col("passed_first").list.len() > 0) & (pl.col("passed_second").list.len() > 0))
    tries = [_Tried.of(judged[f"passed_{name}"], side.early) for name, side in _named(one, other)]
    notes = _notes(shared.by_id, one, other, tries, judged.height)
    at_one = [each.at(1) for each in tries]
    wins, losses = (int((at_one[a] < at_one[b]).sum()) for a, b in ((0, 1), (1, 0)))
    solved = [each.tries.first() > 0 for each in tries]
    return Comparison(
        first=one.name,
        second=other.name,
        problems=judged.height,
        by_id=shared.by_id,
        only_first=shared.only_first,
        only_second=shared.only_second,
        unjudged=rows.height - judged.height,
        at_k=_at_k(*tries) if judged.height else [],
        wins=wins,
        losses=losses,
        ties=judged.height - wins - losses,
        solved_by={
            "both": int((solved[0] & solved[1]).sum()),
            "first": int((solved[0] & ~solved[1]).sum()),
            "second": int((~solved[0] & solved[1]).sum()),
            "neither": int((~solved[0] & ~solved[1]).sum()),
        },
        bill_first=_bill(judged, "first"),
        bill_second=_bill(judged, "second"),
        by={column: _slices(judged, column, *at_one) for column in by},
        notes=notes,
        verdict="",
    )


def _suffixed(name: str) -> pl.Expr:
    return pl.all().exclude("problem", "source_id").name.suffix(f"_{name}")


def _named(one: Side, other: Side) -> tuple[tuple[str, Side], tuple[str, Side]]:
    return ("first", one), ("second", other)


@dataclass(frozen=True, slots=True)
class _Tried:
    """What of each problem is known: pass@k, a row a problem and a column for each k as far as half of them
    go, and how often it was asked until when."""

    tries: Tries
    table: Floats

    @classmethod
    def of(cls, passed: pl.Series, early: bool) -> _Tried:
        tries = Tries.of(passed)
        counted = tries.head(tries.least) if early else tries
        return cls(tries, pass_at_every_k(counted.n, counted.c(), counted.usual))

    @property
    def reach(self) -> int:
        return int(self.table.shape[1])

    def at(self, k: int) -> Floats:
        column: Floats = self.table[:, k - 1] if self.reach else np.zeros(0)
        return column

    def solved_by(self, k: int) -> Floats | None:
        """Whether the first k had a pass, where that is known of every problem."""
        first = self.tries.first()
        if not ((self.tries.n >= k) | (first > 0)).all():
            return None
        return ((first > 0) & (first <= k)).astype(np.float64)


def _at_k(one: _Tried, other: _Tried) -> list[AtK]:
    reach = min(one.reach, other.reach)
    found = []
    for k in _powers(reach):
        first, second = one.at(k), other.at(k)
        there = ~(np.isnan(first) | np.isnan(second))
        found.append(_at(k, "unbiased", first[there], second[there]))
    most = min(one.tries.most, other.tries.most)
    for k in (k for k in _powers(most) if k > reach):
        solved = one.solved_by(k), other.solved_by(k)
        if solved[0] is not None and solved[1] is not None:
            found.append(_at(k, "first", solved[0], solved[1]))
    return found


def _at(k: int, taken: Literal["unbiased", "first"], first: Floats, second: Floats) -> AtK:
    return AtK(k=k, taken=taken, **_measured(first, second))


def _powers(most: int) -> list[int]:
    """1, 2, 4, ... and the last.

    >>> _powers(6), _powers(0)
    ([1, 2, 4, 6], [])
    """
    return sorted({*(2**at for at in range(most.bit_length())), most}) if most else []


def _measured(first: Floats, second: Floats) -> dict[str, Any]:
    told: Difference = difference(first, second)
    return {
        "problems": told.pairs,
        "first": float(first.mean()),
        "second": float(second.mean()),
        "difference": told.mean,
        "low": told.low,
        "high": told.high,
        "p": told.p,
        "holm": told.p,
    }


def _slices(rows: pl.DataFrame, column: str, first: Floats, second: Floats) -> list[Slice]:
    values = rows.select(metadata="metadata_first").select(value_of(column))["value"]
    most = values.value_counts().sort("count", "value", descending=[True, False])["value"].head(_MOST)
    found = []
    for value in sorted(most):
        here = (values == value).to_numpy()
        one, other = first[here], second[here]
        wins, losses = int((other > one).sum()), int((other < one).sum())
        ties = len(one) - wins - losses
        told = _measured(one, other)
        found.append(Slice(value=value, wins=wins, losses=losses, ties=ties, **told))
    return found


def _bill(rows: pl.DataFrame, name: str) -> Bill:
    tokens = sum(int(rows[f"{kind}_tokens_{name}"].sum() or 0) for kind in ("prompt", "completion"))
    costs, solved = rows[f"cost_{name}"], int(rows[f"passed_{name}"].list.any().sum())
    cost = float(costs.sum()) if costs.len() and costs.null_count() < costs.len() else None
    return Bill(
        completions=int(rows[f"completions_{name}"].sum()),
        solved=solved,
        tokens=tokens,
        cost=cost,
        tokens_per_solved=tokens / solved if tokens and solved else None,
        cost_per_solved=cost / solved if solved and cost is not None else None,
    )


def _notes(by_id: int, one: Side, other: Side, tries: Sequence[_Tried], problems: int) -> list[str]:
    found = []
    if by_id:
        found.append(
            f"{by_id:,} problems were paired by their id in the source: their prompt or reference differs, "
            "and each is judged by its own"
        )
    for side, each in zip((one, other), tries, strict=True):
        if side.early and problems and each.reach < each.tries.most:
            found.append(
                f"{side.name} asked until enough had passed: pass@k is taken from the first {each.reach} "
                "completions of each problem"
            )
    if 0 < problems < 20:
        found.append(f"{problems} problems are few: the interval may be too short")
    return found


def _corrected(found: list[Comparison]) -> list[Comparison]:
    """With Holm's correction: of each k over all comparisons, of each column over all its values, too."""
    at_k = [[one.model_copy() for one in each.at_k] for each in found]
    by = [{column: list(rows) for column, rows in each.by.items()} for each in found]
    for k in {one.k for rows in at_k for one in rows}:
        _correct([(rows, at) for rows in at_k for at, one in enumerate(rows) if one.k == k])
    for column in {name for each in by for name in each}:
        _correct([(each[column], at) for each in by for at in range(len(each[column]))])
    return [
        each.model_copy(update={"at_k": rows, "by": slices})
        for each, rows, slices in zip(found, at_k, by, strict=True)
    ]


def _correct(places: Sequence[tuple[list[Any], int]]) -> None:
    for (rows, at), p in zip(places, holm([rows[at].p for rows, at in places]), strict=True):
        rows[at] = rows[at].model_copy(update={"holm": p})
