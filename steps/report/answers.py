"""What there is to tell of answers that nobody judged: how far they agree."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import departed, latest_verdicts


@dataclass(frozen=True, slots=True)
class Answers:
    """Problems whose completions hold answers, how many answers these are, and the share of them that is the
    problem's most frequent one, as a mean over problems."""

    problems: int
    answers: int
    share: float


def unjudged(ledger: Ledger, verifier: str) -> Answers | None:
    """The answers that this verifier (its fingerprint) took out; None where it took out none, or said of
    any completion that it is right or wrong."""
    every = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    if every.filter(pl.col("status").is_in(["pass", "fail"])).head(1).collect().height:
        return None
    verdicts = latest_verdicts(ledger, verifier).join(departed(ledger), on="problem", how="anti")
    said = verdicts.filter(pl.col("extracted").is_not_null())
    votes = said.group_by("problem", "extracted").agg(votes=pl.len()).group_by("problem")
    each = votes.agg(pl.col("votes").max(), answers=pl.col("votes").sum()).collect()
    if not each.height:
        return None
    share = each.select((pl.col("votes") / pl.col("answers")).mean()).item()
    return Answers(each.height, int(each["answers"].sum()), float(share))
