"""What a run that goes on needs to know: what is finished, and what every open group has."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from winnow.steps.ledger.schema import GROUP_DONE, SAID, Sampling, done_data, verdict_of
from winnow.steps.ledger.store import Ledger
from winnow.steps.ledger.view import latest_verdicts
from winnow.steps.records import Candidate, Choice
from winnow.verifiers.verdict import Status


def known_problems(ledger: Ledger) -> set[str]:
    """The ids of all problems the ledger holds."""
    return set(ledger.scan("problems").select("id").collect()["id"])


def finished(ledger: Ledger, plan: str) -> set[str]:
    """The problems to which, by this plan, nothing more is owed."""
    told = done_data(plan)
    events = ledger.scan("events").filter((pl.col("kind") == GROUP_DONE) & (pl.col("data") == told))
    return set(events.select("subject").collect()["subject"])


def spent_tokens(ledger: Ledger) -> int:
    """Tokens of all completions and their prompts, over every run."""
    columns = pl.col("prompt_tokens").fill_null(0) + pl.col("completion_tokens").fill_null(0)
    return int(ledger.scan("completions").select(columns.sum()).collect().item() or 0)


def histories(
    ledger: Ledger, problems: Sequence[str], sampling: Sampling, verifier: str
) -> dict[str, list[Candidate]]:
    """The candidates of each of these problems, by index, with this verifier's verdict where there is one.

    An `error` was trouble of ours: it is left out, so that the completion is judged again.
    """
    wanted = pl.Series(problems, dtype=pl.String).implode()
    completions = ledger.scan("completions").filter(
        pl.col("problem").is_in(wanted)
        & (pl.col("engine") == sampling.engine)
        & (pl.col("parameters") == sampling.parameters)
    )
    verdicts = (
        latest_verdicts(ledger, verifier)
        .filter(pl.col("problem").is_in(wanted) & (pl.col("status") != Status.ERROR))
        .select("completion", *SAID)
    )
    rows = completions.join(verdicts, left_on="id", right_on="completion", how="left").sort(
        "problem", "index"
    )
    found: dict[str, list[Candidate]] = {}
    for row in rows.collect().iter_rows(named=True):
        choice = Choice(
            text=row["text"],
            finish_reason=row["finish_reason"],
            tokens=row["completion_tokens"],
            prompt_tokens=row["prompt_tokens"],
            logprob=row["logprob"],
            reasoning=row["reasoning"],
            seed=row["seed"],
            latency=row["latency"],
        )
        verdict = verdict_of(row)
        found.setdefault(row["problem"], []).append(
            Candidate(row["id"], row["index"], choice, verdict, row["digest"])
        )
    return found
