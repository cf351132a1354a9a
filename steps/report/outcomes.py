"""What a report is made of: a ledger read once, part by part, and summed up by problem."""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from winnow.steps.answers import answer_of
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.paid import TOKENS
from winnow.steps.ledger.parts import PART_ROWS, Part, cut, parts_of
from winnow.steps.ledger.view import (
    COMES_AND_GOES,
    FINISHED,
    as_told_last,
    departed,
    flipped,
    last_of,
)
from winnow.steps.scoring import Scoring
from winnow.steps.select.candidates import candidate_columns, judged_of, once

CHOSEN_FROM = 500
"""Problems of which a report looks at every way to choose one of N completions; of more the first by key,
which is a hash."""

_FAILED = "request_failed"
_CANDIDATES = "candidates"
_PAID = ("prompt_tokens", "completion_tokens", "cost", "model", "told")
_BESIDE = ("id", "problem", "prompt_tokens", "completion_tokens", "cost")
_PROBLEM = ("id", "source_id", "metadata", "created_at")
_VERDICT = (
    "id",
    "completion",
    "problem",
    "fingerprint",
    "status",
    "score",
    "extracted",
    "results",
    "created_at",
)


@dataclass(slots=True)
class Outcomes:
    """A ledger by one verifier, without problems that left the source.

    `problems` has a row a problem, by key: problem, source_id, metadata (JSON text), passed (whether each
    judged completion passed, by index, without errors and what the verifier changed its mind on; a cut off
    one did not), completions, distinct, truncated, prompt_tokens, completion_tokens, cost (null: unknown),
    and what of these judges took: judge_tokens, judge_cost.

    `places` sums over problems by the completion's place in its problem, from 1: tokens, cost. `lengths`
    counts characters: status, length, count. `rewards` are those of what passed or failed: reward, passed.
    `choices` are completions to choose among: problem, index, reward, answer, right.
    """

    problems: pl.DataFrame
    places: pl.DataFrame
    lengths: pl.DataFrame
    rewards: pl.DataFrame
    choices: pl.DataFrame
    statuses: Counter[str] = field(default_factory=Counter)
    flips: int = 0
    failed: int = 0
    models: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether any verdict says right or wrong: elsewhere no pass rate means a thing."""
        return bool(self.statuses["pass"] + self.statuses["fail"])


def outcomes_of(
    ledger: Ledger, verifier: str, scoring: Scoring | None = None, *, part_rows: int = PART_ROWS
) -> Outcomes:
    """Read a ledger by what this verifier (its fingerprint) says, with the rewards that count by `scoring`.

    Each table is read once; what is kept in memory grows with the problems, not with the texts.
    """
    with tempfile.TemporaryDirectory(prefix="winnow-report-") as folder:
        parts = parts_of(ledger, Path(folder), part_rows)
        further = [pl.col(name) for name in _PAID]
        cut(ledger, "problems", parts, columns=[pl.col(name) for name in _PROBLEM])
        cut(ledger, "completions", parts, columns=[*candidate_columns(()), *further], name=_CANDIDATES)
        ours = pl.col("fingerprint") == verifier
        cut(ledger, "verdicts", parts, keep=ours, columns=[pl.col(name) for name in _VERDICT])
        if scoring is not None:
            scorers = [member.scorer for member in scoring.members]
            cut(ledger, "rewards", parts, keep=pl.col("fingerprint").is_in(scorers))
        cut(ledger, "nodes", parts, columns=[pl.col(name) for name in _BESIDE])
        cut(ledger, "rollouts", parts, columns=[pl.col(name) for name in (*_BESIDE, "rollout", "created_at")])
        cut(ledger, "judgements", parts, columns=[pl.col(name) for name in _BESIDE])
        kinds = pl.col("kind").is_in([*COMES_AND_GOES, _FAILED])
        cut(ledger, "events", parts, keep=kinds)
        return _joined([_read(part, verifier, scoring) for part in parts])


class _Held:
    """A part's tables in memory."""

    def __init__(self, part: Part, *, rewards: bool) -> None:
        names = ("problems", "verdicts", "events", *(["rewards"] if rewards else []))
        self.frames = {name: part.scan(name).collect() for name in names}

    def scan(self, table: str) -> pl.LazyFrame:
        return self.frames[table].lazy()


def _read(part: Part, verifier: str, scoring: Scoring | None) -> Outcomes:
    tables = _Held(part, rewards=scoring is not None)
    gone = departed(tables).collect().lazy()
    asked = once(part.scan(_CANDIDATES).join(gone, on="problem", how="anti"), "completion").collect()
    asked, beside = _charged(asked, part)
    judged = judged_of(asked.lazy(), tables, verifier, ("extracted",), scoring).collect()
    status = pl.col("status")
    told = judged.filter(status != "error").sort("problem", "index", "completion")
    problems = as_told_last(tables.scan("problems")).join(gone.rename({"problem": "id"}), on="id", how="anti")
    sums = (
        asked.lazy()
        .group_by("problem")
        .agg(
            completions=pl.len(),
            distinct=pl.col("digest").n_unique(),
            truncated=(~FINISHED).sum(),
            prompt_tokens=pl.col("prompt_tokens").sum(),
            completion_tokens=pl.col("completion_tokens").sum(),
            cost=_cost(),
        )
    )
    passed = told.lazy().group_by("problem", maintain_order=True).agg(passed=status == "pass")
    by_problem = (
        problems.select("source_id", "metadata", problem="id")
        .join(sums, on="problem", how="left")
        .join(passed, on="problem", how="left")
        .join(beside, on="problem", how="left", suffix="_beside")
        .join(_judged(part).lazy(), on="problem", how="left")
        .with_columns(
            pl.col("completions", "distinct", "truncated", "judge_tokens").fill_null(0).cast(pl.Int64),
            *(
                pl.sum_horizontal(name, f"{name}_beside").cast(pl.Int64)
                for name in ("prompt_tokens", "completion_tokens")
            ),
            pl.coalesce(pl.col("cost") + pl.col("cost_beside"), "cost", "cost_beside"),
            pl.col("passed").fill_null(pl.lit([], dtype=pl.List(pl.Boolean))),
        )
        .select(pl.exclude("^.*_beside$"))
        .sort("problem")
    )
    verdicts = (
        tables.frames["verdicts"].lazy().join(asked.lazy().select("completion"), on="completion", how="semi")
    )
    latest = last_of(verdicts).collect()
    torn = flipped(tables, verifier).join(asked.lazy().select("completion"), on="completion", how="semi")
    failed = tables.frames["events"].filter(pl.col("kind") == _FAILED).height
    decided = told.filter(status.is_in(["pass", "fail"]))
    return Outcomes(
        problems=by_problem.collect(),
        places=_places(asked),
        lengths=decided.group_by("status", "length").agg(count=pl.len().cast(pl.Int64)),
        rewards=decided.filter(pl.col("reward").is_not_null()).select("reward", passed=status == "pass"),
        choices=_choices(told),
        statuses=Counter(dict(latest.group_by("status").len().iter_rows())),
        flips=torn.collect().height,
        failed=failed,
        models=tuple(asked["model"].drop_nulls().unique().sort()),
        parameters=tuple(asked["told"].drop_nulls().unique().sort()),
    )


def _charged(asked: pl.DataFrame, part: Part) -> tuple[pl.DataFrame, pl.LazyFrame]:
    """The completions of searches with what these took, all of it at the first chain of each problem, since
    none is to be had for less; and by problem what was paid for beside completions: rollouts, judgements, and
    steps of searches that have not come to their end."""
    nodes = part.scan("nodes").unique("id").select(pl.exclude("id")).collect()
    once = part.scan("rollouts").sort("created_at", "id").unique("rollout", keep="first")
    rollouts = once.select(nodes.columns).collect()
    begun = nodes.join(asked, on="problem", how="anti")
    judgements = part.scan("judgements").select(nodes.columns).collect()
    beside = _sums(pl.concat([begun, rollouts, judgements])).lazy()
    if nodes.height == begun.height:
        return asked, beside
    first = (pl.col("index") == pl.col("index").min().over("problem")) & pl.col("searched")
    whole = asked.join(
        _sums(nodes).with_columns(searched=True),
        on="problem",
        how="left",
        suffix="_whole",
        maintain_order="left",
    ).with_columns(pl.col("searched").fill_null(False))
    charged = [
        pl.when(first).then(f"{name}_whole").when(~pl.col("searched")).then(name).alias(name)
        for name in ("prompt_tokens", "completion_tokens", "cost")
    ]
    return whole.with_columns(charged).select(asked.columns), beside


def _judged(part: Part) -> pl.DataFrame:
    """By problem, what its judgements took."""
    rows = part.scan("judgements").group_by("problem")
    return rows.agg(judge_tokens=TOKENS.sum(), judge_cost=_cost()).collect()


def _sums(paid: pl.DataFrame) -> pl.DataFrame:
    tokens = pl.col("prompt_tokens", "completion_tokens").sum()
    return paid.group_by("problem").agg(tokens, cost=_cost())


def _cost() -> pl.Expr:
    return pl.when(pl.col("cost").is_not_null().any()).then(pl.col("cost").sum())


def _places(asked: pl.DataFrame) -> pl.DataFrame:
    place = pl.col("index").rank("ordinal").over("problem").cast(pl.Int64).alias("place")
    return asked.group_by(place).agg(tokens=TOKENS.sum(), cost=_cost())


def _choices(told: pl.DataFrame) -> pl.DataFrame:
    first = _first(told["problem"])
    rows = told.filter(pl.col("problem").is_in(first.implode()))
    said = rows.select("extracted", "digest").rows()
    answers = pl.Series("answer", [answer_of(*one) for one in said], dtype=pl.String)
    return rows.select("problem", "index", "reward", answers, right=pl.col("status") == "pass")


def _first(problems: pl.Series) -> pl.Series:
    return problems.unique().sort().head(CHOSEN_FROM)


def _joined(parts: list[Outcomes]) -> Outcomes:
    """Of parts, which have no problem in common, the whole."""
    places = pl.concat([part.places for part in parts]).group_by("place")
    lengths = pl.concat([part.lengths for part in parts]).group_by("status", "length")
    choices = pl.concat([part.choices for part in parts])
    return Outcomes(
        problems=pl.concat([part.problems for part in parts]).sort("problem"),
        places=places.agg(pl.col("tokens").sum(), cost=_cost()).sort("place"),
        lengths=lengths.agg(pl.col("count").sum()).sort("status", "length"),
        rewards=pl.concat([part.rewards for part in parts]).sort("reward", "passed"),
        choices=choices.filter(pl.col("problem").is_in(_first(choices["problem"]).implode())).sort(
            "problem", "index"
        ),
        statuses=sum((part.statuses for part in parts), Counter()),
        flips=sum(part.flips for part in parts),
        failed=sum(part.failed for part in parts),
        models=tuple(sorted({name for part in parts for name in part.models})),
        parameters=tuple(sorted({told for part in parts for told in part.parameters})),
    )
