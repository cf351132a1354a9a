"""What a run that goes on needs to know: what is finished, and what every open group has."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

from winnow.steps.ledger.paid import answered, judged, sums_of
from winnow.steps.ledger.rewards import latest_rewards, reward_of
from winnow.steps.ledger.schema import GROUP_DONE, RUN_STARTED, SAID, Sampling, done_data, verdict_of
from winnow.steps.ledger.standing import Mark, Standing
from winnow.steps.ledger.store import Ledger
from winnow.steps.ledger.view import FINISHED, departed, last_of, latest_verdicts
from winnow.steps.records import BLANK, NO_REWARDS, Candidate, Choice, Spent
from winnow.steps.scoring import Reward
from winnow.verifiers.verdict import Status


def standing_of(ledger: Ledger, plan: str) -> Standing:
    """What the ledger knows of its problems: which there are, to which by this plan nothing more is owed, and
    which left the source."""
    standing = Standing()
    standing.mark(Mark.KNOWN, ledger.scan("problems").select("id").collect()["id"])
    done = (pl.col("kind") == GROUP_DONE) & (pl.col("data") == done_data(plan))
    standing.mark(Mark.DONE, ledger.scan("events").filter(done).select("subject").collect()["subject"])
    standing.mark(Mark.GONE, departed(ledger).collect()["problem"])
    return standing


def spent(ledger: Ledger) -> Spent:
    """What all completions, rollouts, steps of searches and judgements took, over every run: the seconds of a
    run are those from its start to its last answer."""
    answers = answered(ledger)
    started = ledger.scan("events").filter(pl.col("kind") == RUN_STARTED).select("run", "created_at")
    ended = answers.group_by("run").agg(pl.col("created_at").max().alias("ended"))
    lasted = started.join(ended, on="run").select((pl.col("ended") - pl.col("created_at")).sum())
    seconds = lasted.collect().item()
    lasting = seconds.total_seconds() if seconds else 0.0
    return Spent(*sums_of(answers), lasting, *sums_of(judged(ledger)))


def held(ledger: Ledger, sampling: Sampling, places: Sequence[tuple[str, int]]) -> set[tuple[str, int]]:
    """Of these completions, by problem and index, those that the ledger has."""
    keys = {sampling.key(problem, index): (problem, index) for problem, index in places}
    wanted = pl.Series(list(keys), dtype=pl.String).implode()
    found = ledger.scan("completions").filter(pl.col("id").is_in(wanted)).select("id").collect()
    return {keys[key] for key in found["id"]}


def kept_rows(ledger: Ledger, sampling: Sampling, verifier: str, most: Mapping[Status, int]) -> int:
    """How many different texts have a status, of each problem at most so many; none that is truncated or
    blank, and none of a problem that left the source."""
    ours = ledger.scan("completions").filter(
        (pl.col("engine") == sampling.engine)
        & (pl.col("parameters") == sampling.parameters)
        & FINISHED
        & (pl.col("digest") != BLANK)
    )
    verdicts = latest_verdicts(ledger, verifier).select("status", id="completion")
    texts = ours.join(departed(ledger), on="problem", how="anti").join(verdicts, on="id")
    counts = texts.group_by("problem", "status").agg(pl.col("digest").n_unique().cast(pl.Int64))
    limit = pl.col("status").replace_strict(dict(most), default=0, return_dtype=pl.Int64)
    return int(counts.select(pl.min_horizontal("digest", limit).sum()).collect().item() or 0)


def histories(
    ledger: Ledger,
    problems: Sequence[str],
    sampling: Sampling,
    verifier: str,
    scorers: Collection[str] = (),
) -> dict[str, list[Candidate]]:
    """The candidates of each of these problems, by index, with this verifier's verdict and these scorers'
    rewards where there are some.

    An `error` was trouble of ours: it is left out, so that the completion is judged or scored again.
    """
    wanted = pl.Series(problems, dtype=pl.String).implode()
    completions = ledger.scan("completions").filter(
        pl.col("problem").is_in(wanted)
        & (pl.col("engine") == sampling.engine)
        & (pl.col("parameters") == sampling.parameters)
    )
    told = (pl.col("fingerprint") == verifier) & pl.col("problem").is_in(wanted)  # before they are sorted
    verdicts = (
        last_of(ledger.scan("verdicts").filter(told))
        .filter(pl.col("status") != Status.ERROR)
        .select("completion", *SAID)
    )
    rows = completions.join(verdicts, left_on="id", right_on="completion", how="left").sort(
        "problem", "index"
    )
    rewards = _rewards(ledger, pl.Series(problems, dtype=pl.String), scorers) if scorers else {}
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
            cost=row["cost"],
            server=row["server"],
        )
        verdict = verdict_of(row)
        found.setdefault(row["problem"], []).append(
            Candidate(
                row["id"],
                row["index"],
                choice,
                verdict,
                row["digest"],
                rewards=rewards.get(row["id"], NO_REWARDS),
            )
        )
    return found


def _rewards(ledger: Ledger, problems: pl.Series, scorers: Collection[str]) -> dict[str, dict[str, Reward]]:
    """By completion, what each scorer gave it."""
    found: dict[str, dict[str, Reward]] = {}
    rows = latest_rewards(ledger, scorers, problems)
    for row in rows.collect().iter_rows(named=True):
        found.setdefault(row["completion"], {})[row["fingerprint"]] = reward_of(row)
    return found
