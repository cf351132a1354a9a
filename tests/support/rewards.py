"""Rewards made by hand, and those that a run's ledger holds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Row, now, reward_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.score.base import ScorerConfig
from winnow.steps.scoring import Reward


def answers(*texts: str) -> list[Candidate]:
    """Candidates that say this, each with its place for a key."""
    return [Candidate(str(at), at, Choice(text)) for at, text in enumerate(texts)]


async def scored(config: ScorerConfig, problem: Problem, candidates: Sequence[Candidate]) -> list[Reward]:
    """What the scorer says of them, from its start to its end."""
    scorer = config.scorer()
    try:
        await scorer.start()
        return list(await scorer.score(problem, candidates))
    finally:
        await scorer.close()


def rows_of(problem: str, rewards: Sequence[tuple[str, Reward]], scorer: str = "s", at: int = 0) -> list[Row]:
    """Rows of the ledger: of each completion (its id) a reward by this scorer."""
    by = ("made", "1", scorer)
    return [reward_row(problem, completion, reward, by, "r", now() + at) for completion, reward in rewards]


def told_of(run: Path) -> list[dict[str, Any]]:
    """Every reward of a run with the text of its completion, sorted by scorer and text."""
    ledger = Ledger(run / "ledger")
    texts = ledger.scan("completions").select("text", "index", completion="id")
    found = ledger.scan("rewards").join(texts, on="completion")
    return found.sort("scorer", "text", "created_at").collect().to_dicts()
