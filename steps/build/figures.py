"""What a dataset is like: does length alone tell the chosen side, and do easy problems crowd it?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from winnow.steps.build.config import BoundsConfig

_DECIMALS = 4


def tallied(rows: pl.LazyFrame, sides: Sequence[str]) -> pl.DataFrame:
    """What a part's rows add to the figures, one row a problem.

    Args:
        rows: columns `problem`, and `length_<side>` (characters) of each side.
        sides: the first is what is learned, the second what is not.
    """
    lengths = [pl.col(f"length_{side}").cast(pl.Int64) for side in sides]
    told = [pl.len().alias("rows"), *(length.sum() for length in lengths)]
    if len(lengths) == 2:
        told.append((((lengths[0] - lengths[1]).sign().sum() + pl.len()) / 2).alias("longer"))
    return rows.group_by("problem").agg(told).collect()


def figures_of(tallies: pl.DataFrame, counts: pl.DataFrame) -> dict[str, float | int]:
    """The figures of one dataset.

    Args:
        tallies: from `tallied`, of all parts.
        counts: of all problems that were judged: `problem`, `n`, `n_pass`, `n_fail`.

    Returns:
        `rows` and `problems`; `pass_rate`, the mean of that of the rows' problems; `length_<side>`, the mean
        in characters; `longer_is_chosen`, in how many pairs the longer side is the chosen one (of equal
        lengths half); `easiest_quarter`, the share of rows from the quarter of all problems with the highest
        pass rates. Without `pass_rate` and `easiest_quarter` where no verdict says right or wrong, as where
        only votes are trusted: nobody knows them.
    """
    rate = (pl.col("n_pass") / pl.col("n")).alias("rate")
    order = (
        counts.filter(pl.col("n") > 0).with_columns(rate).sort("rate", "problem", descending=[True, False])
    )
    easiest = order.with_row_index("at").with_columns(easy=pl.col("at") < order.height / 4)
    known = tallies.join(easiest, on="problem", how="left").sort("problem")
    rows = int(known["rows"].sum())
    found: dict[str, float | int] = {"rows": rows, "problems": known.height}
    if not rows:
        return found
    decided = _decided(counts)
    if decided:
        found["pass_rate"] = _mean(known, pl.col("rate") * pl.col("rows"), rows)
    for column in known.columns:
        if column.startswith("length_"):
            found[column] = _mean(known, pl.col(column), rows)
    if "longer" in known.columns:
        found["longer_is_chosen"] = _mean(known, pl.col("longer"), rows)
    if decided:
        found["easiest_quarter"] = _mean(known, pl.col("rows").filter("easy"), rows)
    return found


def splits_of(problems: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """What each split is like: were sources and difficulty dealt out evenly?

    Args:
        problems: all that were judged: `split`, `family`, `n`, `n_pass`, `n_fail`.

    Returns:
        By split the number of `problems`, their mean `pass_rate` (where a verdict says right or wrong), and
        the share of each of `families`.
    """
    found: dict[str, dict[str, Any]] = {}
    for (name,), some in sorted(problems.filter(pl.col("n") > 0).group_by("split")):
        counts = some["family"].value_counts().sort("family")
        rate = round(some.select((pl.col("n_pass") / pl.col("n")).sort().mean()).item(), _DECIMALS)
        found[str(name)] = {
            "problems": some.height,
            **({"pass_rate": rate} if _decided(problems) else {}),
            "families": {
                family: round(count / some.height, _DECIMALS) for family, count in counts.iter_rows()
            },
        }
    return found


def exceeded(figures: dict[str, dict[str, float | int]], bounds: BoundsConfig) -> list[str]:
    """Which bounds the datasets' figures are beyond, a line each."""
    lines = []
    for kind, told in sorted(figures.items()):
        longer, easiest = told.get("longer_is_chosen"), told.get("easiest_quarter")
        most = bounds.longer_is_chosen
        if most is not None and longer is not None and max(longer, 1 - longer) > most:
            which, share = ("longer", longer) if longer >= 0.5 else ("shorter", 1 - longer)
            lines.append(
                f"{kind}: the {which} side is the chosen one in {share:.1%} of its pairs, and "
                f"build.bounds.longer_is_chosen is {most:.1%}: see rule `length_matched`, or rank by length"
            )
        if bounds.easiest_quarter is not None and easiest is not None and easiest > bounds.easiest_quarter:
            lines.append(
                f"{kind}: {easiest:.1%} of its rows come from the easiest quarter of the problems, and "
                f"build.bounds.easiest_quarter is {bounds.easiest_quarter:.1%}: lower per_problem, or set "
                "pass_rate"
            )
    return lines


def _decided(counts: pl.DataFrame) -> bool:
    """Whether any verdict says right or wrong."""
    return bool(counts.select(pl.sum_horizontal(pl.col("n_pass", "n_fail").sum()) > 0).item())


def _mean(frame: pl.DataFrame, value: pl.Expr, rows: int) -> float:
    return round(float(frame.select(value.sum()).item()) / rows, _DECIMALS)
