"""How far people agree with each other, with the verifier, and with the reward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import last_reviews, last_verdicts, latest_verdicts
from winnow.steps.report.agreement import Agreement, Share
from winnow.steps.review.alpha import Level, alpha
from winnow.steps.review.choice import draw_of
from winnow.steps.select.config import ReviewsConfig
from winnow.steps.select.reviews import TIE, People, people_of
from winnow.verifiers.verdict import Status

RANDOM = "random"
"""How what is representative was chosen."""


@dataclass(frozen=True, slots=True)
class Question:
    """How far those who answered a question agree; None where nobody can say."""

    name: str
    level: Level
    subjects: int  # that more than one person answered for
    alpha: float | None


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """What the reviews of a run say.

    Attributes:
        responses: the last of each person on each subject, by status.
        verifier: its verdicts against what most people say is right; `drawn`: of rows drawn at random alone,
            whose precision is that of the whole build.
        pairs: how often the side that passed is preferred to the one that failed.
        ties: pairs, and completions, on which people are divided.
    """

    responses: dict[str, int]
    people: int
    questions: tuple[Question, ...]
    verifier: Agreement
    drawn: Agreement
    pairs: Share
    ties: int

    @property
    def told(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "responses": self.responses,
            "people": self.people,
            "questions": {
                f"{one.name} ({one.level})": {"alpha": one.alpha, "subjects": one.subjects}
                for one in self.questions
            },
            "precision": _told(self.verifier.precision),
            "precision_drawn_at_random": _told(self.drawn.precision),
            "recall": _told(self.verifier.recall),
            "pairs": _told(self.pairs),
            "ties": self.ties,
        }


def report_of(ledger: Tables, verifier: str | None = None, min_reviews: int = 1) -> ReviewReport:
    """What the last reviews say, against the verdicts of a verifier (its fingerprint), or the last ones."""
    last = last_reviews(ledger).collect()
    config = ReviewsConfig(rule="override", min_reviews=min_reviews)
    people = people_of(ledger, config)
    statuses = _statuses(ledger, verifier, people)
    drawn = people_of(_Drawn(ledger), config)
    submitted = last.filter(pl.col("status") == "submitted")
    counted = last["status"].value_counts().sort("status").iter_rows()
    ties = people.completions.filter(pl.col("people") == TIE).height + people.pairs["preferred"].null_count()
    return ReviewReport(
        responses=dict(counted),
        people=submitted["person"].n_unique(),
        questions=tuple(_questions(submitted)),
        verifier=_agreement(people, statuses),
        drawn=_agreement(drawn, statuses),
        pairs=_pairs(people, statuses),
        ties=ties,
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A ledger's tables, of the reviews those of what was drawn at random.

    What was sent earlier for another reason is not sent again when it is drawn, and keeps its reason; without
    it the rest would be no random sample. So all count that drew no more than those that are there by chance.
    """

    ledger: Tables

    def scan(self, table: str) -> pl.LazyFrame:
        rows = self.ledger.scan(table)
        if table != "reviews":
            return rows
        drawn = rows.with_columns(draw=draw_of(), paired=pl.col("second").is_not_null())
        most = pl.col("draw").filter(pl.col("chosen_by") == RANDOM).max().over("paired")
        return drawn.filter(pl.col("draw") <= most).drop("draw", "paired")


def _statuses(ledger: Tables, verifier: str | None, people: People) -> dict[str, str]:
    """The verdict on each completion that people reviewed."""
    ids = pl.concat([people.completions["completion"], people.pairs["one"], people.pairs["other"]]).unique()
    verdicts = latest_verdicts(ledger, verifier) if verifier else last_verdicts(ledger)
    ours = verdicts.filter(pl.col("completion").is_in(ids.implode())).select("completion", "status")
    return dict(ours.collect().iter_rows())


def _agreement(people: People, statuses: dict[str, str]) -> Agreement:
    found = Agreement()
    for completion, said in people.completions.select("completion", "people").iter_rows():
        if said != TIE and completion in statuses:
            found.add(said == "pass", Status(statuses[completion]))
    return found


def _pairs(people: People, statuses: dict[str, str]) -> Share:
    hits = tries = 0
    for one, other, preferred in people.pairs.select("one", "other", "preferred").iter_rows():
        passed = {side for side in (one, other) if statuses.get(side) == "pass"}
        if preferred is not None and len(passed) == 1:
            tries += 1
            hits += preferred in passed
    return Share(hits, tries)


def _questions(submitted: pl.DataFrame) -> list[Question]:
    sides = [
        submitted.select("person", "reviewed_at", "id", subject=side, value=f"{side}_right")
        for side in ("first", "second")
    ]
    votes = pl.concat(sides).drop_nulls(["subject", "value"]).sort("reviewed_at", "id")
    right = votes.unique(["subject", "person"], keep="last", maintain_order=True)
    asked: list[tuple[str, Level, pl.DataFrame]] = [
        ("better", "nominal", submitted.select("subject", value="better")),
        ("right", "nominal", right.select("subject", "value")),
        ("rating", "ordinal", submitted.select("subject", value="rating")),
        ("rating", "interval", submitted.select("subject", value="rating")),
    ]
    return [_question(name, level, told.drop_nulls()) for name, level, told in asked]


def _question(name: str, level: Level, told: pl.DataFrame) -> Question:
    units = [
        values
        for values in told.group_by("subject").agg(pl.col("value").sort()).sort("subject")["value"].to_list()
        if len(values) > 1
    ]
    found = alpha(units, level)
    return Question(name, level, len(units), None if found is None else round(found, 6))


def _told(share: Share) -> dict[str, Any]:
    low, high = share.interval
    return {"hits": share.hits, "of": share.of, "low": round(low, 6), "high": round(high, 6)}
