"""What people said of candidates, and what follows from it for rows: pure functions of last reviews."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import polars as pl

from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import last_reviews
from winnow.steps.select.config import ReviewsConfig

TIE = "tie"
WHO = ("decided_by", "reviewers", "reviewed_by")
"""Columns of a row: `people` or `verifier`, how many people reviewed it, and the hashes of who they are."""
_IDS = pl.List(pl.String)
_COMPARED = pl.List(pl.Struct({"other": pl.String, "preferred": pl.String, "voters": _IDS}))


class People(NamedTuple):
    """What the majority says.

    `completions`: completion, people (`pass`, `fail` or `tie`), voters. `pairs`: one, other (the lesser id
    first), preferred (an id; null for a tie), voters. Voters are hashes, sorted.
    """

    completions: pl.DataFrame
    pairs: pl.DataFrame


def people_of(ledger: Tables, config: ReviewsConfig) -> People:
    """What people say, where at least `min_reviews` of them do: of each the last word, if it was submitted.

    A completion is right or wrong by most of those who said either; a pair has the side that most prefer.
    Where as many say one as the other, or most say that both are alike, it is a tie.
    """
    said = last_reviews(ledger).filter(pl.col("status") == "submitted").collect().lazy()
    return People(_of_completions(said, config.min_reviews), _of_pairs(said, config.min_reviews))


def _of_completions(said: pl.LazyFrame, least: int) -> pl.DataFrame:
    sides = [
        said.select("person", "reviewed_at", "id", completion=side, right=f"{side}_right")
        for side in ("first", "second")
    ]
    votes = pl.concat(sides).drop_nulls(["completion", "right"]).sort("reviewed_at", "id", "completion")
    last = votes.unique(["completion", "person"], keep="last", maintain_order=True)
    counted = last.group_by("completion").agg(
        yes=pl.col("right").sum(), no=(~pl.col("right")).sum(), voters=pl.col("person").sort()
    )
    enough = counted.filter(pl.col("yes") + pl.col("no") >= least)
    yes, no = pl.col("yes"), pl.col("no")
    people = pl.when(yes > no).then(pl.lit("pass")).when(yes < no).then(pl.lit("fail")).otherwise(pl.lit(TIE))
    return enough.select("completion", "voters", people=people).sort("completion").collect()


def _of_pairs(said: pl.LazyFrame, least: int) -> pl.DataFrame:
    votes = said.drop_nulls(["second", "better"]).select(
        "person",
        one=pl.min_horizontal("first", "second"),
        other=pl.max_horizontal("first", "second"),
        vote=pl.when(pl.col("better") == "first")
        .then("first")
        .when(pl.col("better") == "second")
        .then("second"),
    )
    pair = ["one", "other"]
    counted = votes.group_by(pair).agg(
        for_one=(pl.col("vote") == pl.col("one")).sum(),
        for_other=(pl.col("vote") == pl.col("other")).sum(),
        for_none=pl.col("vote").is_null().sum(),
        voters=pl.col("person").sort(),
    )
    enough = counted.filter(pl.col("voters").list.len() >= least)
    one, other, none = pl.col("for_one"), pl.col("for_other"), pl.col("for_none")
    for_one, for_other = (one > other) & (one > none), (other > one) & (other > none)
    preferred = pl.when(for_one).then("one").when(for_other).then("other")
    return enough.select(*pair, "voters", preferred=preferred).sort(pair).collect()


def reviewed(candidates: pl.LazyFrame, people: People, config: ReviewsConfig) -> pl.LazyFrame:
    """Candidates with what people say, for the rules that choose among them.

    Adds people (null where nobody said), compared (of pairs with it: other, preferred, voters), the columns
    of `WHO`, and by the configuration people_win, only_reviewed, flips.
    """
    one, other = pl.col("one"), pl.col("other")
    both = [
        people.pairs.select(completion=mine, other=theirs, preferred="preferred", voters="voters")
        for mine, theirs in ((one, other), (other, one))
    ]
    compared = pl.concat(both).sort("completion", "other")
    listed = compared.group_by("completion", maintain_order=True).agg(
        compared=pl.struct("other", "preferred", "voters")
    )
    known = candidates.join(people.completions.lazy(), on="completion", how="left").join(
        listed.with_columns(pl.col("compared").cast(_COMPARED)).lazy(), on="completion", how="left"
    )
    decided = pl.col("people").is_in(["pass", "fail"])
    return known.with_columns(
        *_who(decided, pl.col("voters")),
        people_win=pl.lit(config.people_win),
        only_reviewed=pl.lit(config.rule == "only_reviewed"),
        flips=pl.lit(config.people_win and config.contradicted_pairs == "flip"),
    ).drop("voters")


def ruled(known: pl.LazyFrame) -> pl.LazyFrame:
    """Candidates whose status is what people say, where they say it; as they are, where no reviews count.

    What people contradict and do not win, or are tied about, is skipped: neither right nor wrong. A score
    that they contradict is 1 or 0.
    """
    if not counts(known):
        return known
    people, status = pl.col("people"), pl.col("status")
    contradicted = people.is_not_null() & (people != status)
    won = contradicted & pl.col("people_win") & (people != TIE)
    score = pl.when(people == "pass").then(1.0).otherwise(0.0)
    return known.with_columns(
        status=pl.when(won).then(people).when(contradicted).then(pl.lit("skip")).otherwise(status),
        score=pl.when(won).then(score).otherwise(pl.col("score")),
    )


def of_reviewed(known: pl.LazyFrame, *, pairs: bool = False) -> pl.LazyFrame:
    """Candidates of which those are `dropped` that nobody reviewed, alone or in `pairs`, where only reviewed
    ones are rows."""
    if not counts(known):
        return known
    unseen = pl.col("compared" if pairs else "people").is_null()
    return known.with_columns(dropped=pl.col("dropped") | (pl.col("only_reviewed") & unseen))


def settled(pairs: pl.DataFrame, candidates: pl.LazyFrame, told: Iterable[str]) -> pl.DataFrame:
    """The pairs that people leave, in their order, with the columns of `WHO`.

    One whose rejected side they prefer is turned round or dropped; then its margin is null, and so is what
    the rule told (`told`) of its rejected side alone.

    Args:
        pairs: columns problem, chosen, rejected, margin, and score and reward of both.
        candidates: those of `reviewed`; the pairs are as they were, where no reviews count.
    """
    if not counts(candidates):
        return pairs
    known = candidates.select(
        "completion", "compared", "reviewed_by", "decided_by", "people_win", "only_reviewed", "flips"
    ).collect()
    rules = known.head(1).select("people_win", "only_reviewed", "flips").to_dicts()
    if not rules:
        return pairs.with_columns(*_who(pl.lit(False), pl.lit([], dtype=_IDS)))
    compared = known.drop_nulls("compared").select(chosen="completion", pair="compared").explode("pair")
    said = compared.select("chosen", pl.col("pair").struct.unnest()).rename({"other": "rejected"})
    sides = known.select("completion", "reviewed_by", people=pl.col("decided_by") == "people")
    rows = pairs.join(said, on=["chosen", "rejected"], how="left", maintain_order="left")
    for side in ("chosen", "rejected"):
        rows = rows.join(
            sides.rename({"completion": side, "people": f"people_{side}", "reviewed_by": f"by_{side}"}),
            on=side,
            how="left",
            maintain_order="left",
        )
    seen, preferred = pl.col("voters").is_not_null(), pl.col("preferred")
    agreed, turned = preferred == pl.col("chosen"), preferred == pl.col("rejected")
    kept = agreed | (turned & rules[0]["flips"]) | (~seen & (not rules[0]["only_reviewed"]))
    rows = rows.with_columns(turned=(seen & turned).fill_null(False)).filter(kept.fill_null(False))
    voters = pl.concat_list(
        pl.col(name).fill_null(pl.lit([], dtype=_IDS)) for name in ("voters", "by_chosen", "by_rejected")
    )
    decided = seen | pl.col("people_chosen") | pl.col("people_rejected")
    who = rows.with_columns(*_who(decided.fill_null(False), voters.list.unique().list.sort()))
    return _turned(who, [*told]).select(*pairs.columns, *WHO)


def counts(candidates: pl.LazyFrame) -> bool:
    """Whether these have what people say."""
    return "people" in candidates.collect_schema().names()


def who(candidates: pl.LazyFrame) -> tuple[str, ...]:
    """The columns of `WHO`, where candidates have them."""
    return WHO if counts(candidates) else ()


def _who(decided: pl.Expr, voters: pl.Expr) -> list[pl.Expr]:
    ids = voters.fill_null(pl.lit([], dtype=_IDS))
    return [
        pl.when(decided).then(pl.lit("people")).otherwise(pl.lit("verifier")).alias("decided_by"),
        ids.list.len().cast(pl.Int64).alias("reviewers"),
        ids.alias("reviewed_by"),
    ]


def _turned(rows: pl.DataFrame, told: list[str]) -> pl.DataFrame:
    """The rows whose column `turned` is true with their sides exchanged."""
    other = {"chosen": "rejected", "rejected": "chosen"}
    new = [pl.when("turned").then(None).otherwise("margin").alias("margin")]
    for name in ("chosen", "rejected", *(name for name in rows.columns if "_" in name)):
        stem, _, side = name.rpartition("_")
        if side not in other or name.startswith(("by_", "people_")):
            continue
        partner = f"{stem}_{other[side]}" if stem else other[side]
        if partner in rows.columns:
            new.append(pl.when("turned").then(partner).otherwise(name).alias(name))
        elif name in told:
            new.append(pl.when("turned").then(None).otherwise(name).alias(name))
    return rows.with_columns(new)
