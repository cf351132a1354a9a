"""Which rows of a build people are shown: a function of the rows, that gives the same ones each time."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.ledger.view import family_of
from winnow.steps.records import key_of
from winnow.steps.review.config import By, Choose
from winnow.steps.review.subjects import pair_of

_SINGLE = ("score", "reward")
_PAIR = ("margin", "reward_chosen", "reward_rejected")


def chosen_rows(built: Built, kind: str, choose: Choose, records: int, by: By | None = None) -> pl.DataFrame:
    """At most `records` rows of a dataset, whole, with `subject`, `family`, `split` and `pass_rate`.

    The first of more are those of less: whoever asks for more adds to them.

    Raises:
        UsageError: it is to be chosen by rewards, and there are none.
    """
    files = [
        (split, built.build.folder / file.path)
        for split, some in built.files(kind).items()
        for file in some
        if file.rows
    ]
    if not files:
        return pl.DataFrame()
    names = _PAIR if kind == "preference" else _SINGLE
    told = pl.concat([_told(split, path, names) for split, path in files]).collect()
    if choose == "disagreement" and told["against"].null_count() == told.height:
        raise UsageError(
            f"no row of {kind} has a reward, so none disagrees with its verdict: choose `random` or "
            "`uncertain`, or have the run score its candidates"
        )
    ids = order_of(told, choose, by).head(records).select("id", "subject", at=pl.int_range(pl.len()))
    wanted = pl.col("id").is_in(ids["id"].implode())
    whole = [
        pl.scan_parquet(path, glob=False).filter(wanted).with_columns(split=pl.lit(split)).collect()
        for split, path in files
    ]
    rows = pl.concat(whole).join(ids, on="id").sort("at").drop("at")
    return rows.with_columns(family_of(), pass_rate=_rate())


def order_of(told: pl.DataFrame, choose: Choose, by: By | None = None) -> pl.DataFrame:
    """Rows in the order in which they are wanted.

    `uncertain`: those whose score is nearest to one half, or whose margin is least, come first; of equals
    those of problems that were solved most seldom, where what passed is most likely to have passed by
    mistake. `disagreement`: those first that the reward likes least, or of pairs those whose rejected side
    it likes most beside the chosen one. What is left open is drawn by a hash. `by`: one of each by turns.

    Args:
        told: columns subject, sure, rate, against, and family, model, split.
    """
    order = {"random": [], "uncertain": ["sure", "rate"], "disagreement": ["against"]}[choose]
    rows = told.with_columns(drawn=draw_of()).sort(*order, "drawn", nulls_last=True)
    if by is None:
        return rows
    turns = rows.with_columns(turn=pl.int_range(pl.len()).over(by), at=pl.int_range(pl.len()))
    return turns.sort("turn", "at")


def draw_of() -> pl.Expr:
    """What a subject drew: of random rows those are shown that drew least."""
    return pl.col("subject").map_elements(lambda one: key_of("review", one), return_dtype=pl.String)


def _told(split: str, path: Path, names: tuple[str, ...]) -> pl.LazyFrame:
    rows = pl.scan_parquet(path, glob=False)
    if names == _PAIR:
        sure = pl.col("margin").abs()
        against = pl.col("reward_chosen") - pl.col("reward_rejected")
        subject = pl.col("id").map_elements(_subject, return_dtype=pl.String)
    else:
        sure, against, subject = (pl.col("score") - 0.5).abs(), pl.col("reward"), pl.col("id")
    return rows.select(
        "id",
        "model",
        family_of(),
        subject=subject,
        sure=sure.cast(pl.Float64).round(9),
        rate=_rate(),
        against=against.cast(pl.Float64),
        split=pl.lit(split),
    )


def _rate() -> pl.Expr:
    return (pl.col("n_pass") / pl.col("n")).round(9)


def _subject(row: str) -> str:
    return pair_of(*row.split("-")).subject
