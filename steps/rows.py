"""A group as a row of a distilabel batch, and back."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from winnow.steps.records import Candidate, Choice, Group, Problem, canonical, messages_of
from winnow.steps.scoring import Reward
from winnow.verifiers.verdict import Status, Verdict

COLUMNS = ("id", "prompt", "instruction", "reference", "metadata")


def problem_columns(problem: Problem) -> dict[str, Any]:
    """The columns of a problem; reference and metadata are JSON text, since rows may differ in their keys.

    `instruction` is the last thing the user says, by the name that distilabel's tasks read.
    """
    said = (message["content"] for message in reversed(problem.prompt) if message["role"] == "user")
    return {
        "id": problem.source_id,
        "prompt": [dict(message) for message in problem.prompt],
        "instruction": next(said, ""),
        "reference": canonical(problem.reference),
        "metadata": canonical(problem.metadata),
    }


def row_of(group: Group) -> dict[str, Any]:
    """A group as a row: the problem's columns, its candidates, and what foreign steps added.

    >>> row_of(Group(Problem("a", ({"role": "user", "content": "hi"},))))["generations"]
    []
    """
    return {
        **problem_columns(group.problem),
        "candidates": [_candidate_columns(candidate) for candidate in group.candidates],
        "generations": [candidate.text for candidate in group.candidates],
        **group.columns,
    }


def group_of(row: dict[str, Any]) -> Group:
    """The group of a row. A row of someone else's needs `prompt` (or `instruction`) alone."""
    problem = Problem(
        source_id=str(row.get("id", "")),
        prompt=messages_of(row["prompt"] if "prompt" in row else row["instruction"]),
        reference=_loaded(row.get("reference")),
        metadata=_loaded(row.get("metadata")),
    )
    told = row.get("candidates")
    if told is None:
        texts = row.get("generations") or []
        return Group(problem, [_bare(index, text) for index, text in enumerate(texts)])
    return Group(problem, [_candidate_of(columns) for columns in told])


def _bare(index: int, text: str) -> Candidate:
    return Candidate(id=str(index), index=index, choice=Choice(text))


def _candidate_columns(candidate: Candidate) -> dict[str, Any]:
    verdict = candidate.verdict
    return {
        "candidate_id": candidate.id,
        "index": candidate.index,
        **asdict(candidate.choice),
        "status": verdict.status.value if verdict else None,
        "score": verdict.score if verdict else None,
        "reason": verdict.reason if verdict else None,
        "extracted": verdict.extracted if verdict else None,
        "results": verdict.results if verdict else None,
        "rewards": [{"scorer": scorer, **asdict(reward)} for scorer, reward in candidate.rewards.items()],
    }


def _candidate_of(columns: dict[str, Any]) -> Candidate:
    told = dict(columns)
    names = ("status", "score", "reason", "extracted", "results")
    status, score, reason, extracted, results = (told.pop(name, None) for name in names)
    verdict = Verdict(Status(status), score, reason or "", extracted, results or "") if status else None
    rewards = {one["scorer"]: _reward_of(one) for one in told.pop("rewards", None) or ()}
    key, index = told.pop("candidate_id"), told.pop("index")
    return Candidate(key, index, Choice(**told), verdict, rewards=rewards)


def _reward_of(told: dict[str, Any]) -> Reward:
    steps = told["steps"]
    return Reward(told["value"], None if steps is None else tuple(steps), told["reason"], told["failed"])


def _loaded(value: Any) -> dict[str, Any]:
    if isinstance(value, str):
        value = json.loads(value)
    return dict(value or {})
