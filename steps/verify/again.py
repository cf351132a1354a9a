"""Judging what a ledger holds once more: by a verifier that changed, or to see whether one stays the same."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from winnow.steps.errors import MissingError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import SAID, Row, verdict_of, verdict_row
from winnow.steps.ledger.view import last_verdicts, latest_verdicts
from winnow.steps.records import CUT_OFF
from winnow.steps.verify.judge import TRUNCATED
from winnow.verifiers import PoolError, Status, Verdict, VerifierPool

_CHUNK = 128  # problems whose completions are in memory at once
_PROVEN = (Status.PASS, Status.FAIL)


@dataclass(frozen=True, slots=True)
class Judged:
    """A completion that was judged once more. `before` is None where it never had been."""

    completion: str
    problem: str
    source_id: str
    index: int
    before: Verdict | None
    by: str | None  # the fingerprint of who judged before
    after: Verdict

    @property
    def flipped(self) -> bool:
        """Whether what was proven right is proven wrong now, or the other way round."""
        before = self.before.status if self.before else None
        return before in _PROVEN and self.after.status in _PROVEN and self.after.status is not before

    def row(self, pool: VerifierPool, run: str) -> Row | None:
        """The row that keeps the new verdict; None where the ledger has the same one of this verifier."""
        fingerprint = pool.verifier.fingerprint
        if self.by == fingerprint and self.before == self.after:
            return None
        return verdict_row(self.problem, self.completion, self.after, pool.verifier, fingerprint, run, now())


async def judge_again(
    ledger: Ledger, pool: VerifierPool, completions: pl.Series | None = None
) -> AsyncIterator[list[Judged]]:
    """Judge every completion once more, problem after problem, or only these (their ids).

    Yields lists of bounded length; nothing is written.

    Raises:
        MissingError: the verifier's workers do not start.
    """
    try:
        async with pool:
            for rows in _chunks(ledger, completions):
                yield await _judged(pool, rows)
    except PoolError as broken:
        raise MissingError(f"the verifier {pool.verifier.name!r} cannot be started: {broken}") from None


def sample_of(ledger: Ledger, verifier: str, most: int) -> pl.Series:
    """Up to `most` completions that this verifier (its fingerprint) proved right or wrong.

    Always the same of a ledger, and as good as random: ids are hashes.
    """
    proven = latest_verdicts(ledger, verifier).filter(pl.col("status").is_in(_PROVEN))
    return proven.select("completion").bottom_k(most, by="completion").collect()["completion"]


def _chunks(ledger: Ledger, completions: pl.Series | None) -> Iterator[list[dict[str, Any]]]:
    texts = ledger.scan("completions")
    if completions is not None:
        texts = texts.filter(pl.col("id").is_in(completions.implode()))
    problems = texts.select("problem").unique().sort("problem").collect()["problem"]
    before = last_verdicts(ledger).select("completion", "fingerprint", *SAID)
    told = ledger.scan("problems").unique("id", keep="any").select("source_id", "reference", problem="id")
    for start in range(0, len(problems), _CHUNK):
        part = problems.slice(start, _CHUNK).implode()
        mine = texts.filter(pl.col("problem").is_in(part)).select(
            "problem", "index", "text", "finish_reason", completion="id"
        )
        rows = mine.join(told, on="problem").join(before, on="completion", how="left")
        yield rows.sort("problem", "index", "completion").collect().to_dicts()


async def _judged(pool: VerifierPool, rows: Sequence[dict[str, Any]]) -> list[Judged]:
    references = {row["problem"]: json.loads(row["reference"]) for row in rows}
    whole = [row for row in rows if row["finish_reason"] not in CUT_OFF]
    found = await pool.judge([(references[row["problem"]], row["text"]) for row in whole])
    verdicts = dict(zip((row["completion"] for row in whole), found, strict=True))
    return [
        Judged(
            row["completion"],
            row["problem"],
            row["source_id"],
            row["index"],
            verdict_of(row),
            row["fingerprint"],
            verdicts.get(row["completion"], TRUNCATED),
        )
        for row in rows
    ]
