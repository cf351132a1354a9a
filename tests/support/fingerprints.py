"""What a ledger holds, in a form in which two can be compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.storage.url import ledger_of


def keys(run: Path) -> dict[str, list[str]]:
    """The keys of all problems, completions, verdicts and rewards of a run, with multiplicity."""
    ledger = Ledger(ledger_of(run))
    return {
        table: sorted(ledger.scan(table).select("id").collect()["id"])
        for table in ("problems", "completions", "verdicts", "rewards")
    }


def outcomes(run: Path) -> list[tuple[object, ...]]:
    """Every completion with its place, text and verdict, and how it was asked for."""
    ledger = Ledger(ledger_of(run))
    verdicts = ledger.scan("verdicts").select("completion", "status")
    completions = ledger.scan("completions").select("id", "problem", "index", "text", "told")
    joined = completions.join(verdicts, left_on="id", right_on="completion", how="left")
    ordered = joined.select("id", "problem", "index", "text", "status", "told")
    return sorted(ordered.collect().rows(), key=str)


def asked(run: Path) -> pl.DataFrame:
    """How often each problem has been answered, by its id in the source."""
    ledger = Ledger(ledger_of(run))
    counts = ledger.scan("completions").group_by("problem").len()
    problems = ledger.scan("problems").select("source_id", problem="id")
    return counts.join(problems, on="problem").sort("source_id").collect()


def acknowledged(run: Path) -> set[tuple[str, int]]:
    """Prompt and seed of every completion that the ledger holds."""
    ledger = Ledger(run / "ledger")
    problems = ledger.scan("problems").select("prompt", problem="id")
    completions = ledger.scan("completions").select("problem", "seed").join(problems, on="problem")
    contents = pl.col("prompt").str.json_path_match("$[0].content")
    return set(completions.select(contents, "seed").collect().iter_rows())


def asked_for(body: dict[str, Any]) -> set[tuple[str, int]]:
    """Prompt and seeds of a request, as the scripted server saw it."""
    return {(body["messages"][-1]["content"], body["seed"] + at) for at in range(body["n"])}
