"""What a ledger knew at the time of a build: problems of the source, completions, their verdicts, reviews."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl
from pydantic import ValidationError

from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import departed, flipped, latest_verdicts
from winnow.steps.select.config import ReviewsConfig
from winnow.steps.select.reviews import TIE, people_of
from winnow.steps.storage.url import has_ledger, ledger_of


@dataclass(frozen=True, slots=True)
class Known:
    """Of the problems and completions that were asked about: those that were there, and their verdicts.

    A completion that the verifier passed one time and failed another has the verdict `flipped`. `reviews` are
    what people say of completions, and of two of them (the lesser id first), by the build's rule; none, where
    it has no rule.
    """

    problems: frozenset[str] = frozenset()
    completions: frozenset[str] = frozenset()
    verdicts: dict[str, str] = field(default_factory=dict)
    verifier: str | None = None
    reviews: dict[tuple[str, ...], str] = field(default_factory=dict)

    def said_of(self, completions: Collection[str]) -> tuple[str | None, ...]:
        """What people say of these, each alone and all together."""
        alone = [self.reviews.get((one,)) for one in completions]
        return (*alone, self.reviews.get(tuple(sorted(completions))) if len(completions) > 1 else None)


def known_to(built: Built, problems: Collection[str], completions: Collection[str]) -> Known:
    """What the ledger of the build's run knew of these ids, when it was built; nothing, where it has none.

    The build's manifest says until when: the same run may have been sampled and judged on.

    Raises:
        UsageError: it does not.
    """
    if built.owner is None or not has_ledger(built.owner):
        return Known()
    made_by = built.told.get("made_by") or {}
    verifier = str(made_by.get("verifier"))
    try:
        until = made_by["known_until"] and datetime.fromisoformat(made_by["known_until"])
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"{built.build.folder / 'manifest.json'} does not say what its ledger knew: expected a time in "
            "`made_by.known_until`. `winnow build` makes it anew"
        ) from None
    if until is None:
        return Known(verifier=verifier)
    then = _Then(Ledger(ledger_of(built.owner)), until)
    asked, answers = (pl.Series(sorted(ids), dtype=pl.String).implode() for ids in (problems, completions))
    there = then.scan("problems").filter(pl.col("id").is_in(asked)).select(problem="id").unique()
    sampled = then.scan("completions").filter(pl.col("id").is_in(answers)).select("id").unique()
    ours = pl.col("completion").is_in(answers)
    verdicts = latest_verdicts(then, verifier).filter(ours).select("completion", "status").collect()
    torn = flipped(then, verifier).filter(ours).collect()["completion"]
    return Known(
        frozenset(there.join(departed(then), on="problem", how="anti").collect()["problem"]),
        frozenset(sampled.collect()["id"]),
        {**dict(verdicts.iter_rows()), **dict.fromkeys(torn, "flipped")},
        verifier,
        _reviews(then, made_by, completions),
    )


def _reviews(
    then: _Then, made_by: dict[str, Any], completions: Collection[str]
) -> dict[tuple[str, ...], str]:
    """What people said of these completions by then, by the rule of the build."""
    told = (made_by.get("rules") or {}).get("reviews")
    if told is None:
        return {}
    try:
        config = ReviewsConfig.model_validate(told)
    except ValidationError:
        return {}
    people = people_of(then, config)
    alone = people.completions.select("completion", "people").iter_rows()
    pairs = people.pairs.select("one", "other", "preferred").iter_rows()
    asked = {*completions}
    return {
        **{(one,): said for one, said in alone if one in asked},
        **{(one, other): said or TIE for one, other, said in pairs if one in asked and other in asked},
    }


@dataclass(frozen=True, slots=True)
class _Then:
    """The tables of a ledger as they were."""

    ledger: Ledger
    at: datetime

    def scan(self, table: str) -> pl.LazyFrame:
        return self.ledger.scan(table).filter(pl.col("created_at") <= self.at)
