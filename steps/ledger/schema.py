"""The ledger's tables, and how a record becomes a row of one.

Rows are tuples in the order of their table's schema: at thousands of candidates a second a dict for each
would cost more than the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from winnow.steps.ledger.clock import now
from winnow.steps.records import Candidate, Problem, canonical, clean_text, key_of
from winnow.steps.scoring import Reward
from winnow.steps.secrets import redact, redacted
from winnow.verifiers.registry import Verifier
from winnow.verifiers.verdict import Status, Verdict

Row = tuple[Any, ...]
GROUP_DONE = "group_done"
RUN_STARTED, RUN_FINISHED = "run_started", "run_finished"

_TEXT = pa.string()
_TIME = pa.timestamp("us", tz="UTC")

# In the order in which a commit writes them: what is referred to is durable before what refers to it.
TABLES: dict[str, pa.Schema] = {
    "problems": pa.schema(
        [
            ("id", _TEXT),
            ("source_id", _TEXT),
            ("prompt", _TEXT),  # JSON: chat messages
            ("reference", _TEXT),  # JSON
            ("metadata", _TEXT),  # JSON
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "judgements": pa.schema(  # what language models took that judge: a row a request
        [
            *((name, _TEXT) for name in ("id", "problem", "fingerprint")),  # of the scorer
            *((name, pa.int64()) for name in ("prompt_tokens", "completion_tokens")),
            *((name, pa.float64()) for name in ("latency", "cost")),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "nodes": pa.schema(  # of a search: one further step of a text, asked for once
        [
            ("id", _TEXT),
            ("problem", _TEXT),
            ("engine", _TEXT),
            ("parameters", _TEXT),  # as the completions that the search found have them
            ("parent", _TEXT),  # the place of the text before it: siblings have the same
            ("place", _TEXT),  # of the text with it
            ("depth", pa.int32()),  # its steps
            ("draw", pa.int32()),  # which step of its parent it is, -1 where it was the likeliest
            ("text", _TEXT),  # the step itself
            ("ended", pa.bool_()),  # the model had no more to say
            ("finish_reason", _TEXT),
            ("seed", pa.int64()),
            ("prompt_tokens", pa.int64()),
            ("completion_tokens", pa.int64()),
            ("logprob", pa.float64()),
            ("latency", pa.float64()),
            ("server", _TEXT),
            ("cost", pa.float64()),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "node_rewards": pa.schema(  # as `rewards`, of the text at a place
        [
            ("id", _TEXT),
            ("place", _TEXT),
            ("problem", _TEXT),
            ("scorer", _TEXT),
            ("version", _TEXT),
            ("fingerprint", _TEXT),
            ("status", _TEXT),
            ("reward", pa.float64()),
            ("steps", pa.list_(pa.float64())),
            ("reason", _TEXT),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "completions": pa.schema(
        [
            ("id", _TEXT),
            ("problem", _TEXT),
            ("engine", _TEXT),  # fingerprint of the engine's identity
            ("parameters", _TEXT),  # fingerprint of the sampling parameters
            ("index", pa.int32()),
            ("text", _TEXT),
            ("reasoning", _TEXT),
            ("finish_reason", _TEXT),
            ("digest", _TEXT),
            ("length", pa.int32()),  # of the text, in characters
            ("model", _TEXT),
            ("told", _TEXT),  # JSON: the sampling parameters that it was asked with
            ("seed", pa.int64()),
            ("prompt_tokens", pa.int64()),
            ("completion_tokens", pa.int64()),
            ("logprob", pa.float64()),
            ("latency", pa.float64()),  # seconds, of the request that brought it
            ("server", _TEXT),  # that answered, where the engine has several
            ("cost", pa.float64()),  # with its prompt, by the prices in the recipe
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "verdicts": pa.schema(
        [
            ("id", _TEXT),
            ("completion", _TEXT),
            ("problem", _TEXT),
            ("verifier", _TEXT),
            ("version", _TEXT),
            ("fingerprint", _TEXT),  # of the verifier with its parameters
            ("status", _TEXT),
            ("score", pa.float64()),
            ("reason", _TEXT),
            ("extracted", _TEXT),
            ("results", _TEXT),  # of each test, 1 where it passed
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "rewards": pa.schema(
        [
            ("id", _TEXT),
            ("completion", _TEXT),
            ("problem", _TEXT),
            ("scorer", _TEXT),
            ("version", _TEXT),
            ("fingerprint", _TEXT),  # of the scorer with its parameters
            ("status", _TEXT),  # `scored`, or `error`: scored again by the next run
            ("reward", pa.float64()),  # of the whole, where the scorer gives one
            ("steps", pa.list_(pa.float64())),  # of each reasoning step, in order
            ("reason", _TEXT),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "comparisons": pa.schema(
        [
            ("id", _TEXT),
            ("problem", _TEXT),
            ("first", _TEXT),  # the digest of the text that was shown first
            ("second", _TEXT),
            ("fingerprint", _TEXT),  # of the judge
            ("status", _TEXT),  # as of a reward
            ("score", pa.float64()),  # how far the first is better, from 0 to 1
            ("reason", _TEXT),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "rollouts": pa.schema(
        [
            ("id", _TEXT),
            ("rollout", _TEXT),  # with the same one it is the same text, judged again
            ("problem", _TEXT),
            ("prefix", _TEXT),  # the key of what it goes on from
            ("index", pa.int32()),  # among those that go on from there
            ("engine", _TEXT),
            ("parameters", _TEXT),
            ("text", _TEXT),  # without the prefix
            ("finish_reason", _TEXT),
            ("verifier", _TEXT),  # its fingerprint
            ("status", _TEXT),  # of prefix and text together
            ("seed", pa.int64()),
            ("prompt_tokens", pa.int64()),
            ("completion_tokens", pa.int64()),
            ("latency", pa.float64()),
            ("cost", pa.float64()),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "reviews": pa.schema(
        [
            ("id", _TEXT),
            ("problem", _TEXT),
            ("subject", _TEXT),  # a completion, or two of them: joined by a hyphen, the lesser first
            ("first", _TEXT),  # the completion that was shown, of two the one shown first
            ("second", _TEXT),
            ("dataset", _TEXT),  # where it was reviewed
            ("chosen_by", _TEXT),  # how it came to be sent there
            ("person", _TEXT),  # a hash
            ("status", _TEXT),  # submitted, draft, discarded
            ("better", _TEXT),  # first, second, tie
            ("first_right", pa.bool_()),
            ("second_right", pa.bool_()),
            ("rating", pa.int32()),
            ("comment", _TEXT),
            ("reviewed_at", _TIME),
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
    "events": pa.schema(
        [
            ("id", _TEXT),
            ("kind", _TEXT),
            ("subject", _TEXT),
            ("data", _TEXT),  # JSON
            ("run", _TEXT),
            ("created_at", _TIME),
        ]
    ),
}


UNIQUE = frozenset(
    {"id", "place", "source_id", "completion", "subject", "prompt", "text", "reasoning", "digest"}
)
"""Columns in which hardly a value comes twice, so that a dictionary of them would be of no use."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the completions of one run have in common: who answered, and how it was asked; `told` has the
    parameters as JSON, of several ways to ask those of each, which take turns by the completion's index."""

    engine: str
    parameters: str
    model: str
    told: tuple[str, ...]

    @property
    def named(self) -> dict[str, str]:
        """What a run's manifest says of it: another engine or other parameters make another run."""
        return {"engine": self.engine, "parameters": self.parameters, "model": self.model}

    def key(self, problem: str, index: int) -> str:
        """The key of a completion: the same question asked again has the same one."""
        return key_of(problem, self.engine, self.parameters, index)


def problem_row(problem: Problem, run: str) -> Row:
    prompt = canonical(list(problem.prompt))
    return (
        problem.id,
        problem.source_id,
        prompt,
        canonical(problem.reference),
        canonical(problem.metadata),
        run,
        now(),
    )


def completion_row(problem: str, candidate: Candidate, sampling: Sampling, run: str, at: int) -> Row:
    choice = candidate.choice
    return (
        candidate.id,
        problem,
        sampling.engine,
        sampling.parameters,
        candidate.index,
        choice.text,  # engines clean it: a length and a digest were taken of it
        choice.reasoning,
        choice.finish_reason,
        candidate.digest,
        len(choice.text),
        sampling.model,
        sampling.told[candidate.index % len(sampling.told)],
        choice.seed,
        choice.prompt_tokens,
        choice.tokens,
        choice.logprob,
        choice.latency,
        choice.server,
        choice.cost,
        run,
        at,
    )


def verdict_row(
    problem: str,
    completion: str,
    verdict: Verdict,
    verifier: Verifier,
    fingerprint: str,
    run: str,
    at: int,
) -> Row:
    said = clean_text(verdict.reason), None if verdict.extracted is None else clean_text(verdict.extracted)
    return (
        key_of(completion, fingerprint, verdict.status.value, *said, verdict.results),
        completion,
        problem,
        verifier.name,
        verifier.version,
        fingerprint,
        verdict.status.value,
        verdict.score,
        *said,
        verdict.results,
        run,
        at,
    )


SAID = ("status", "score", "reason", "extracted", "results")
"""The columns of `verdicts` that are the verdict itself."""


def verdict_of(row: Mapping[str, Any]) -> Verdict | None:
    """The verdict in the columns `SAID` of a row; None where they are null."""
    status, *told = (row[name] for name in SAID)
    return Verdict(Status(status), *told) if status else None


SCORED = "scored"


def reward_row(
    problem: str, completion: str, reward: Reward, scorer: tuple[str, str, str], run: str, at: int
) -> Row:
    """A reward by a scorer: its name, its version and its fingerprint."""
    reason, status = clean_text(redact(reward.reason)), "error" if reward.failed else SCORED
    return (
        key_of(completion, scorer[2], status, reward.value, reward.steps, reason),
        completion,
        problem,
        *scorer,
        status,
        reward.value,
        reward.steps,
        reason,
        run,
        at,
    )


def event_row(kind: str, subject: str, data: dict[str, Any], run: str) -> Row:
    """An event; its id is of its content, and whatever secret crept into it is redacted."""
    return _event(kind, clean_text(redact(subject)), clean_text(canonical(redacted(data))), run)


def done_row(problem: str, plan: str, run: str) -> Row:
    """The event that says: by this plan, nothing more is owed to this problem. It is found by equality."""
    return _event(GROUP_DONE, problem, done_data(plan), run)


def done_data(plan: str) -> str:
    return canonical({"plan": plan})


def _event(kind: str, subject: str, told: str, run: str) -> Row:
    return (key_of(kind, subject, told, run), kind, subject, told, run, now())


def table_of(name: str, rows: list[Row]) -> pa.Table:
    """Rows of one table as Arrow."""
    schema = TABLES[name]
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays(
        [pa.array(column, type=kind.type) for column, kind in zip(columns, schema, strict=True)],
        schema=schema,
    )
