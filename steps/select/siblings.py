"""Steps that a search grew from one beginning, and what its scorer thought of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import polars as pl

from winnow.steps.ledger.rewards import reward_of
from winnow.steps.ledger.schema import SCORED
from winnow.steps.ledger.tables import Tables
from winnow.steps.records import CUT_OFF, GREEDY, place_of
from winnow.steps.scoring import Reward, Scoring
from winnow.steps.select.config import StepPreferenceConfig
from winnow.steps.select.step_pairs import StepPair

MARGIN = 0.1


class _Step(NamedTuple):
    parent: str
    depth: int
    text: str


class _Scored(NamedTuple):
    """A step with its score, and where it ends an answer with the verdict on that."""

    score: float
    text: str
    status: str


class _Tree:
    """A problem's tree, by the places of its texts; `likeliest` has what a look ahead found behind each."""

    def __init__(self, problem: str) -> None:
        self.root = place_of(problem, ())
        self.steps: dict[str, _Step] = {}
        self.drawn: dict[str, None] = {}  # places of steps that the search could go on from
        self.likeliest: dict[str, str] = {}

    def before(self, place: str) -> str | None:
        """The text at a place; None where not all of its steps are known."""
        texts = []
        while place != self.root:
            if place not in self.steps:
                return None
            texts.append(self.steps[place].text)
            place = self.steps[place].parent
        return "".join(reversed(texts))

    def value(self, place: str | None, values: Mapping[str, float]) -> float | None:
        """The score of a place, or else of what stands so many likeliest steps behind it."""
        seen = set()
        while place is not None and place not in values:
            if place in seen:
                return None
            seen.add(place)
            place = self.likeliest.get(place)
        return None if place is None else values[place]


def pairs_by_scores(
    tables: Tables, candidates: pl.LazyFrame, scoring: Scoring | None, config: StepPreferenceConfig
) -> Iterator[StepPair]:
    """Of each text that a search went on from, the best of its next steps against the worst.

    An end that failed is never the better one, nor one that passed the worse, whatever the scorer thinks.
    What a limit cut off is no step. Where a search looked ahead, a step's score is that of what it led to, as
    for the search. Of equals the one that is first in the alphabet counts: the order of drawing is chance.

    Args:
        candidates: as `judged` gives them: of the problems that are left, all with their sampling.
    """
    asked = candidates.select("problem", "sampling", "text", "status").collect()
    told = dict(asked.group_by("problem").agg(pl.col("sampling").min()).iter_rows())
    if scoring is None:
        return
    verdicts = {(problem, text): status for problem, _, text, status in asked.iter_rows()}
    values = _values(tables, scoring)
    for problem, tree in _trees(tables).items():
        if problem not in told:
            continue
        siblings: dict[str, list[_Scored]] = {}
        for place in tree.drawn:
            step, value = tree.steps[place], tree.value(place, values)
            if value is not None and step.text.strip():
                status = verdicts.get((problem, tree.before(place) or ""), "")
                siblings.setdefault(step.parent, []).append(_Scored(value, step.text.rstrip(), status))
        for parent, some in siblings.items():
            good, bad = ([one for one in some if one.status != status] for status in ("fail", "pass"))
            if not good or not bad:
                continue
            (high, chosen, _), (low, rejected, _) = min(good, key=_best_first), min(bad)
            wide = round(high - low, 9)
            prefix = tree.before(parent)
            if prefix is None or chosen == rejected or wide < (config.margin or MARGIN):
                continue
            order = (-wide, prefix)
            yield StepPair(problem, order, told[problem], prefix, chosen, rejected, high, low)


def _best_first(one: _Scored) -> tuple[float, str]:
    return -one.score, one.text


def _trees(tables: Tables) -> dict[str, _Tree]:
    columns = ("problem", "parent", "place", "depth", "draw", "text", "finish_reason")
    nodes = tables.scan("nodes").select(*columns, "created_at", "id").sort("created_at", "id")
    found: dict[str, _Tree] = {}
    for problem, parent, place, depth, draw, text, reason in nodes.select(columns).collect().iter_rows():
        tree = found.setdefault(problem, _Tree(problem))
        tree.steps.setdefault(place, _Step(parent, depth, text))
        if draw == GREEDY:
            tree.likeliest.setdefault(parent, place)
        elif reason not in CUT_OFF:
            tree.drawn[place] = None
    return found


def _values(tables: Tables, scoring: Scoring) -> dict[str, float]:
    """By place the number that all members of the scoring made, where it is one."""
    scorers = [one.scorer for one in scoring.members]
    rows = tables.scan("node_rewards").filter(
        pl.col("fingerprint").is_in(scorers) & (pl.col("status") == SCORED)
    )
    told: dict[str, dict[str, Reward]] = {}
    for row in rows.sort("created_at", "id").collect().iter_rows(named=True):
        told.setdefault(row["place"], {})[row["fingerprint"]] = reward_of(row)
    values = {
        place: scoring.value(rewards)
        for place, rewards in told.items()
        if all(scorer in rewards for scorer in scorers)
    }
    return {place: value for place, value in values.items() if value is not None}
