"""A run's groups as data of a page: an index to filter and search by, and chunks with all their texts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import polars as pl

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import Part, cut, parts_of
from winnow.steps.ledger.schema import SCORED
from winnow.steps.ledger.view import COMES_AND_GOES, as_told_last, departed, family_of, flipped, last_of
from winnow.steps.report.page.choice import CANDIDATES, chosen, shown_of
from winnow.steps.report.page.chunks import Beside
from winnow.steps.select.candidates import once

CHUNK_BYTES = 400_000
"""Of texts in a chunk, about: what a browser loads and reads in some milliseconds."""
LONGEST = 30_000
"""Characters of one text that are shown; a longer one is cut, and says so."""
_FIRST_LINE = 140

_LIGHT = ("id", "problem", "index", "digest", "created_at")
_TEXTS = ("text", "reasoning", "finish_reason", "length", "completion_tokens", "model", "server", "told")
_SAID = ("status", "score", "reason", "extracted")
_SHOWN = (*_SAID, "reasoning", "finish_reason", "completion_tokens", "model", "server", "told", "flip")
_COUNTS = ("n", "pass", "fail", "error", "flip")
_INDEX = ("id", "family", "line", "chunk", *_COUNTS)
_PROBLEMS = ("id", "source_id", "prompt", "reference", "metadata", "created_at")


@dataclass(frozen=True, slots=True)
class Shown:
    """Where a run's groups are: its ledger, and the verifier (its fingerprint) whose verdicts count."""

    ledger: Ledger
    verifier: str


@dataclass(frozen=True, slots=True)
class Told:
    """How many groups a run has, how many of them are shown, and how many candidates of each at most."""

    groups: int
    shown: int
    candidates: int | None


def put_groups(run: Shown, name: str, beside: Beside, limit: int | None) -> Told:
    """Put a run's groups beside a page: `<name>/index`, and `<name>/00000` and so on with their texts.

    Args:
        limit: how many groups; None: all of them, with all their candidates.
    """
    with tempfile.TemporaryDirectory(prefix="winnow-page-") as folder:
        parts = parts_of(run.ledger, Path(folder))
        _cut(run, parts)
        groups = pl.concat([_summaries(part, run.verifier) for part in parts])
        wanted = chosen(groups, limit)
        most = None if limit is None or wanted.height == groups.height else CANDIDATES
        _cut_texts(run.ledger, parts, None if wanted.height == groups.height else wanted["problem"])
        index: dict[str, list[Any]] = {key: [] for key in _INDEX}
        chunk = _Chunks(name, beside)
        for part in parts:
            for group in _groups(part, run.verifier, wanted, most):
                _add(index, group, chunk.add(group))
        chunk.end()
    beside.put(f"{name}/index", index)
    return Told(groups.height, wanted.height, most)


def _cut(run: Shown, parts: Sequence[Part]) -> None:
    verdicts = pl.col("fingerprint") == run.verifier
    cut(run.ledger, "problems", parts, columns=[pl.col(_PROBLEMS)])
    cut(run.ledger, "completions", parts, columns=[pl.col(_LIGHT)], name="candidates")
    cut(run.ledger, "verdicts", parts, keep=verdicts)
    cut(run.ledger, "events", parts, keep=pl.col("kind").is_in(COMES_AND_GOES))
    cut(run.ledger, "rewards", parts, keep=pl.col("status") == SCORED)


def _cut_texts(ledger: Ledger, parts: Sequence[Part], problems: pl.Series | None) -> None:
    """The texts of these groups alone; None: of all."""
    ours = None if problems is None else pl.col("problem").is_in(problems.implode())
    texts = [pl.col(one).str.head(LONGEST) if one in ("text", "reasoning") else pl.col(one) for one in _TEXTS]
    columns = [pl.col("id").alias("completion"), pl.col("problem", "digest", "created_at"), *texts]
    cut(ledger, "completions", parts, keep=ours, columns=columns, name="texts")


def _candidates(part: Part, verifier: str) -> pl.DataFrame:
    """Every candidate of a problem that the source still has, with its last verdict, and whether it flipped.

    Where nobody judged it yet its status is null.
    """
    rows = part.scan("candidates").rename({"id": "completion"})
    present = once(rows.join(departed(part), on="problem", how="anti"), "completion")
    verdicts = part.scan("verdicts").filter(pl.col("fingerprint") == verifier)
    told = verdicts.select("completion", *_SAID, "created_at", "id").collect()
    torn = pl.Series(dtype=pl.String)
    if told["completion"].n_unique() < told.height:
        torn = flipped(part, verifier).collect()["completion"]
        told = last_of(told.lazy()).collect()
    rows = present.drop("created_at", "digest").join(
        told.lazy().drop("created_at", "id"), on="completion", how="left"
    )
    return rows.with_columns(flip=pl.col("completion").is_in(torn.implode())).collect()


def _summaries(part: Part, verifier: str) -> pl.DataFrame:
    status = pl.col("status")
    found = _candidates(part, verifier).group_by("problem")
    return found.agg(
        n=pl.len(),
        n_pass=(status == "pass").sum(),
        n_fail=(status == "fail").sum(),
        n_error=(status == "error").sum(),
        n_flip=pl.col("flip").sum(),
    )


def _groups(part: Part, verifier: str, wanted: pl.DataFrame, most: int | None) -> Iterator[dict[str, Any]]:
    """The wanted groups of a part, by the keys of their problems."""
    all_of = _candidates(part, verifier).join(wanted.select("problem"), on="problem", how="semi")
    shown = shown_of(all_of, most)
    texts = once(part.scan("texts"), "completion").drop("problem", "digest", "created_at")
    whole = shown.lazy().join(texts, on="completion", how="left").collect()
    rewards = _rewards(part, shown["completion"])
    problems = as_told_last(part.scan("problems")).rename({"id": "problem"}).with_columns(family_of())
    rows = wanted.lazy().join(problems, on="problem").sort("problem").collect()
    by_problem = whole.sort("problem", "index", "completion").partition_by("problem", as_dict=True)
    for row in rows.iter_rows(named=True):
        candidates = by_problem[(row["problem"],)].iter_rows(named=True)
        yield {
            "id": row["problem"],
            "source": row["source_id"],
            "family": row["family"],
            "prompt": _messages(row["prompt"]),
            "reference": row["reference"],
            "metadata": row["metadata"],
            "counts": {key: row[f"n_{key}"] for key in ("pass", "fail", "error", "flip")} | {"n": row["n"]},
            "candidates": [_candidate(one, rewards) for one in candidates],
        }


def _candidate(row: dict[str, Any], rewards: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """A candidate as the page shows it; what is not there is left out."""
    found = {key: row[key] for key in _SHOWN if row[key] not in (None, "", False)}
    found["index"], found["text"] = row["index"], row["text"] or ""
    cut_off = (row["length"] or 0) - len(found["text"])
    return {
        **found,
        **({"rewards": rewards[row["completion"]]} if row["completion"] in rewards else {}),
        **({"left_out": cut_off} if cut_off > 0 and len(found["text"]) == LONGEST else {}),
    }


def _rewards(part: Part, completions: pl.Series) -> dict[str, list[dict[str, Any]]]:
    """By completion, the last reward of each scorer."""
    ours = part.scan("rewards").filter(pl.col("completion").is_in(completions.implode()))
    last = ours.sort("created_at", "id").unique(["completion", "fingerprint"], keep="last")
    found: dict[str, list[dict[str, Any]]] = {}
    for row in last.sort("completion", "scorer", "fingerprint").collect().iter_rows(named=True):
        told = {key: row[key] for key in ("scorer", "reward", "steps", "reason") if row[key] is not None}
        found.setdefault(row["completion"], []).append(told)
    return found


def _messages(prompt: str) -> list[dict[str, str]]:
    """A prompt's messages, cut where they are too long to be looked at."""
    return [
        {"role": str(one.get("role")), "content": str(one.get("content"))[:LONGEST]}
        for one in orjson.loads(prompt)
    ]


class _Chunks:
    """Groups gathered until they are enough for a chunk; `add` tells which one a group is in."""

    def __init__(self, name: str, beside: Beside) -> None:
        self._name, self._beside = name, beside
        self._number, self._bytes = 0, 0
        self._groups: list[dict[str, Any]] = []

    def add(self, group: dict[str, Any]) -> int:
        self._groups.append(group)
        self._bytes += sum(
            len(one["text"]) + len(one.get("reasoning", "")) + 200 for one in group["candidates"]
        )
        at = self._number
        if self._bytes >= CHUNK_BYTES:
            self.end()
        return at

    def end(self) -> None:
        if self._groups:
            self._beside.put(f"{self._name}/{self._number:05}", self._groups)
            self._groups, self._bytes, self._number = [], 0, self._number + 1


def _add(index: dict[str, list[Any]], group: dict[str, Any], chunk: int) -> None:
    """A group's line in the index: what the page filters, sorts and searches by without its texts."""
    said = next((one["content"] for one in reversed(group["prompt"]) if one["role"] == "user"), "")
    counts = group["counts"]
    row = (group["id"], group["family"], " ".join(said[:2_000].split())[:_FIRST_LINE], chunk)
    for key, value in zip(_INDEX, (*row, *(counts[one] for one in _COUNTS)), strict=True):
        index[key].append(value)
