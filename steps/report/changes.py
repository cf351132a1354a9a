"""What changed from one build to another: rows in and out, and why, as the ledgers tell."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from winnow.steps.build.datasets import DROPPED
from winnow.steps.build.reading import Built
from winnow.steps.report.known import Known, known_to

_SHOWN = 5
PROBLEM_NEW, PROBLEM_LEFT = "problem new in the source", "problem left the source"
SAMPLED, NOT_SAMPLED = "newly sampled", "not sampled there"
VERDICT, JUDGED_ANEW = "verdict changed", "judged anew by another verifier"
RULE, CLEANED, RANK = "rule of the recipe changed", "cleaned", "outranked, still eligible"
UP, RUN_NEW, RUN_LEFT, OF_RUN = "moved up in rank", "run added", "run left", "by its run or weight"
"""Why a row came or went. `cleaned` is told with the rule, as `cleaned: near_duplicate`."""


@dataclass(slots=True)
class Change:
    """How one dataset changed: rows that stayed, came and went by cause, and moved by their two splits.

    `examples` are the ids of the first rows of each of these.
    """

    same: int = 0
    came: Counter[str] = field(default_factory=Counter)
    went: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def told(self) -> dict[str, Any]:
        """All of it as plain data."""
        counts = {name: dict(sorted(getattr(self, name).items())) for name in ("came", "went", "moved")}
        return {"same": self.same, **counts, "examples": dict(sorted(self.examples.items()))}

    def add(self, way: str, why: str, row: str) -> None:
        getattr(self, way)[why] += 1
        ids = self.examples[f"{way}: {why}"]
        if len(ids) < _SHOWN:
            ids.append(row)


def changes(before: Built, after: Built) -> dict[str, Change]:
    """By dataset, what changed from `before` to `after`: builds of one run, of two, or mixes.

    A row is known by its id, hence by the completions that it is made of. Of several causes the first is
    told: the problem, the sampling, the verdict, cleaning, the rules, the rank.
    """
    old, new = _rows(before), _rows(after)
    found = {}
    for kind in sorted({*old, *new}):
        was, now = old.get(kind, {}), new.get(kind, {})
        change = Change()
        for row in sorted({*was} & {*now}):
            if was[row].split == now[row].split:
                change.same += 1
            else:
                change.add("moved", f"{was[row].split} to {now[row].split}", row)
        ways = {"went": {*was} - {*now}, "came": {*now} - {*was}}
        rows = {row: was.get(row) or now[row] for row in {*was} ^ {*now}}
        sides = [_side(built, kind, list(rows.values())) for built in (before, after)]
        for way, ids in ways.items():
            has, lacks = sides if way == "went" else sides[::-1]
            for row in sorted(ids):
                change.add(way, _why(way, rows[row], has, lacks), row)
        found[kind] = change
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a row stands, and what it is made of."""

    split: str
    problem: str
    completions: tuple[str, ...]
    run: str


@dataclass(frozen=True, slots=True)
class _Side:
    """A build with what its ledger knew of the rows in question, and what it says of one dataset."""

    built: Built
    known: Known
    rules: Any
    cleaned: dict[str, str]  # the rule, by the problem or completion that it dropped


def _why(way: str, row: _Row, has: _Side, lacks: _Side) -> str:
    """Why a row stands in one build and not in the other."""
    came = way == "came"
    if has.built.is_mix or lacks.built.is_mix:
        if row.run not in {origin.run for origin in lacks.built.origins}:
            return RUN_NEW if came else RUN_LEFT
        return OF_RUN
    if row.problem not in lacks.known.problems:
        return PROBLEM_NEW if came else PROBLEM_LEFT
    if not lacks.known.completions.issuperset(row.completions):
        return SAMPLED if came else NOT_SAMPLED
    one, other = ([side.known.verdicts.get(id_) for id_ in row.completions] for side in (has, lacks))
    if one != other:
        return VERDICT if has.known.verifier == lacks.known.verifier else JUDGED_ANEW
    if rule := next(
        (lacks.cleaned[key] for key in (row.problem, *row.completions) if key in lacks.cleaned), ""
    ):
        return f"{'no longer ' if came else ''}{CLEANED}: {rule}"
    if has.rules != lacks.rules:
        return RULE
    return UP if came else RANK


def _side(built: Built, kind: str, rows: list[_Row]) -> _Side:
    problems, completions = {row.problem for row in rows}, {one for row in rows for one in row.completions}
    made_by = built.told.get("made_by") or {}
    rules = made_by.get("rules") or {}
    return _Side(
        built,
        known_to(built, problems, completions),
        [*(rules.get(part) for part in (kind, "clean", "splits")), made_by.get("scoring")],
        _cleaned(built, kind),
    )


def _cleaned(built: Built, kind: str) -> dict[str, str]:
    """The rules by which a build dropped problems, or completions, of a dataset or of all."""
    path = built.build.folder / DROPPED
    if not path.is_file():
        return {}
    told = pl.read_parquet(path).filter(pl.col("dataset").is_null() | (pl.col("dataset") == kind))
    return dict(told.select(pl.coalesce("completion", "problem"), "rule").iter_rows())


def _rows(built: Built) -> dict[str, dict[str, _Row]]:
    """The rows of each dataset by id."""
    found: dict[str, dict[str, _Row]] = {}
    for kind in built.kinds:
        of_kind: dict[str, _Row] = {}
        for split, files in built.files(kind).items():
            for file in files:
                rows = pl.scan_parquet(built.build.folder / file.path, glob=False)
                names = rows.collect_schema().names()
                run = pl.col("run") if "run" in names else pl.lit(built.origins[0].run)
                told = rows.select("id", "problem_id", run.alias("run")).collect()
                for row, problem, whose in told.iter_rows():
                    completions = () if row == problem else tuple(row.split("-"))
                    of_kind[row] = _Row(split, problem, completions, whose)
        found[kind] = of_kind
    return found
