"""A problem with all its candidates, as the ledger has them, for people to read."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import (
    MESSAGES,
    as_told_last,
    departed,
    family_of,
    flipped,
    last_of,
    latest_verdicts,
)
from winnow.steps.records import Message
from winnow.steps.select.candidates import once

_NEAR = 5  # ids that are named where one was mistyped
_KEY = 32  # digits
_SHORT = 12  # of which these tell a problem from a million others
_SAID = ("status", "score", "reason", "extracted", "results")


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate with its last verdict, by whoever made it.

    `flipped` says that the verifier changed its mind; `rows` are the sides of datasets that it is, each with
    how many rows: `sft`, `preference chosen`.
    """

    completion: Mapping[str, Any]
    """The row of the ledger."""
    status: str | None = None
    score: float | None = None
    reason: str = ""
    extracted: str | None = None
    results: str = ""
    flipped: bool = False
    rows: Mapping[str, int] = field(default_factory=dict)
    rewards: Sequence[Mapping[str, Any]] = ()
    """The last row of the ledger of each scorer, by its name."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A problem and its candidates by index; `rows` are the datasets that it is itself a row of."""

    key: str
    source_id: str
    prompt: Sequence[Message]
    reference: Mapping[str, Any]
    metadata: Mapping[str, Any]
    departed: bool
    entries: Sequence[Entry]
    rows: Mapping[str, int]


def find_problem(ledger: Ledger, told: str) -> str:
    """The key of the problem with this source id, key, or beginning of a key.

    Where the source had another problem of that id before, it is the one that it has now.

    Raises:
        UsageError: there is none, or more than one; tells which ids are near.
    """
    problems = as_told_last(ledger.scan("problems").select("id", "source_id", "metadata", "created_at"))
    ids = problems.select("id", "source_id").collect()
    if told in ids["id"]:
        return told
    named = ids.filter(pl.col("source_id") == told)["id"].to_list()
    if len(named) > 1:
        gone = set(departed(ledger).collect()["problem"])
        named = [key for key in named if key not in gone] or named
    found = named or (ids.filter(pl.col("id").str.starts_with(told))["id"].to_list() if told else [])
    if len(found) == 1:
        return str(found[0])
    if found:
        keys = ", ".join(sorted(found)[:_NEAR]) + (", ..." if len(found) > _NEAR else "")
        raise UsageError(f"{len(found)} problems are called {told!r}: name one by its key: {keys}")
    if ids.is_empty():
        raise UsageError(f"no problem {told!r}: nothing was asked yet")
    raise UsageError(f"no problem {told!r}: {_nearest(told, ids['source_id'])}. `winnow show RUN` lists all")


def read_group(ledger: Ledger, verifier: str, key: str, built: Built | None = None) -> Shown:
    """A problem with its candidates, the last verdicts of this verifier (its fingerprint), and where the
    build's datasets have them."""
    own = pl.col("problem") == key
    problem = as_told_last(ledger.scan("problems").filter(pl.col("id") == key)).collect().row(0, named=True)
    sampled = once(ledger.scan("completions").filter(own), "id").sort("index", "id").collect()
    verdicts = latest_verdicts(ledger, verifier).filter(own).select("completion", *_SAID).collect()
    said = {one: dict(zip(_SAID, told, strict=True)) for one, *told in verdicts.iter_rows()}
    torn = set(flipped(ledger, verifier).collect()["completion"]) if said else set()
    rows = _rows(built, key) if built else {}
    rewards: dict[str, list[Mapping[str, Any]]] = {}
    scored = ledger.scan("rewards").filter(own).sort("created_at", "id")
    last = scored.unique(["completion", "fingerprint"], keep="last").sort("scorer", "fingerprint")
    for row in last.collect().iter_rows(named=True):
        rewards.setdefault(row["completion"], []).append(row)
    entries = [
        Entry(
            row,
            **said.get(row["id"], {}),
            flipped=row["id"] in torn,
            rows=rows.get(row["id"], {}),
            rewards=rewards.get(row["id"], ()),
        )
        for row in sampled.iter_rows(named=True)
    ]
    return Shown(
        key,
        problem["source_id"],
        json.loads(problem["prompt"]),
        json.loads(problem["reference"]),
        json.loads(problem["metadata"]),
        key in set(departed(ledger).collect()["problem"]),
        entries,
        rows.get(key, {}),
    )


def list_problems(
    ledger: Ledger, verifier: str, *, search: str | None = None, solved: bool | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], int]:
    """The problems of the source, in the order of their ids.

    Of each `id` (where the source names none, the beginning of the key), `family`, `n` completions, `passes`
    of them, and `prompt`, what the user says first.

    Args:
        search: only those with this text in their prompt or id, whatever its case.
        solved: only those with a pass, or without.

    Returns:
        The first of them, and how many there are.
    """
    named, text = pl.col("source_id"), pl.element().struct.field("content")
    problems = as_told_last(ledger.scan("problems")).with_columns(
        messages=pl.col("prompt").str.json_decode(MESSAGES)
    )
    if search is not None:
        like = search.lower()
        said = text.str.to_lowercase().str.contains(like, literal=True)
        in_id = named.str.to_lowercase().str.contains(like, literal=True)
        problems = problems.filter(pl.col("messages").list.eval(said).list.any() | in_id)
    asked = ledger.scan("completions").group_by(id="problem").agg(n=pl.col("id").n_unique())
    verdicts = ledger.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    last = last_of(verdicts.select("completion", "problem", "status", "created_at", "id"))
    passed = last.filter(pl.col("status") == "pass").group_by(id="problem").agg(passes=pl.len())
    found = problems.join(asked, on="id", how="left").join(passed, on="id", how="left")
    found = found.join(departed(ledger), left_on="id", right_on="problem", how="anti")
    found = found.with_columns(pl.col("n", "passes").fill_null(0))
    if solved is not None:
        found = found.filter((pl.col("passes") > 0) == solved)
    users = pl.col("messages").list.filter(pl.element().struct.field("role") == "user")
    rows = found.select(
        family_of(),
        "n",
        "passes",
        id=pl.when(named == pl.col("id")).then(named.str.head(_SHORT)).otherwise(named),
        prompt=pl.coalesce(users.list.first(), pl.col("messages").list.first()).struct.field("content"),
        stem=named.str.replace(r"\d+$", ""),
        number=named.str.extract(r"(\d{1,18})$").cast(pl.Int64),
    ).collect()
    first = rows.sort("stem", "number", "id").head(limit).drop("stem", "number")
    return first.to_dicts(), rows.height


def _rows(built: Built, key: str) -> dict[str, Counter[str]]:
    """How many rows of which datasets are made of the problem's completions, or of itself, by their ids."""
    found: dict[str, Counter[str]] = {}
    for kind in built.kinds:
        paths = [built.build.folder / file.path for files in built.files(kind).values() for file in files]
        rows = pl.scan_parquet(paths, glob=False).filter(pl.col("problem_id") == key)
        for row in rows.select("id").collect()["id"]:
            sides = row.split("-") if len(row) > _KEY else [row]
            names = (f"{kind} chosen", f"{kind} rejected") if len(sides) == 2 else (kind,)
            for side, name in zip(sides, names, strict=False):
                found.setdefault(side, Counter())[name] += 1
    return found


def _nearest(told: str, ids: pl.Series) -> str:
    from rapidfuzz import process

    near = [name for name, _, _ in process.extract(told, ids.to_list(), limit=_NEAR, score_cutoff=60)]
    if near:
        return f"near it are {', '.join(map(repr, dict.fromkeys(near)))}"
    first = ids.sort().head(_NEAR).to_list()
    return f"there are {len(ids):,}, such as {', '.join(map(repr, first))}"
