"""What a ledger knew at the time of a build: problems of the source, completions, and their verdicts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import departed, flipped, latest_verdicts


@dataclass(frozen=True, slots=True)
class Known:
    """Of the problems and completions that were asked about: those that were there, and their verdicts.

    A completion that the verifier passed one time and failed another has the verdict `flipped`.
    """

    problems: frozenset[str] = frozenset()
    completions: frozenset[str] = frozenset()
    verdicts: dict[str, str] = field(default_factory=dict)
    verifier: str | None = None


def known_to(built: Built, problems: Collection[str], completions: Collection[str]) -> Known:
    """What the ledger of the build's run knew of these ids, when it was built; nothing, where it has none.

    The build's manifest says until when: the same run may have been sampled and judged on.

    Raises:
        UsageError: it does not.
    """
    if built.owner is None or not (built.owner / "ledger").is_dir():
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
    then = _Then(Ledger(built.owner / "ledger"), until)
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
    )


@dataclass(frozen=True, slots=True)
class _Then:
    """The tables of a ledger as they were."""

    ledger: Ledger
    at: datetime

    def scan(self, table: str) -> pl.LazyFrame:
        return self.ledger.scan(table).filter(pl.col("created_at") <= self.at)
