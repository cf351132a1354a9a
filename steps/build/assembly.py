"""From a ledger to the rows of its datasets, part by part: memory does not grow with the ledger.

First each part's candidates are chosen from, by what needs no text unless a rule reads it; then the texts of
what was chosen are fetched in one pass over the ledger, and become rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from winnow.steps.build.cleaning import Cleaning
from winnow.steps.build.columns import problems_of
from winnow.steps.build.config import BuildConfig
from winnow.steps.build.figures import figures_of, splits_of, tallied
from winnow.steps.build.kinds import Kind, asked
from winnow.steps.build.kinds.kind import Known
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.parts import Part, among, cut
from winnow.steps.ledger.rollouts import statuses
from winnow.steps.ledger.view import family_of
from winnow.steps.process.config import LabelConfig
from winnow.steps.scoring import Scoring
from winnow.steps.select.candidates import FETCHED, fetched, group_counts
from winnow.steps.select.doubts import doubts_of
from winnow.steps.select.parts import judged_in, judged_parts
from winnow.steps.select.process import READS, labelled
from winnow.steps.select.reviews import people_of, reviewed
from winnow.steps.select.said import shown_length

# What is put to a part's tables.
_COUNTS, _CHOSEN, _SELECTED = "counts", "chosen", "selected-"


class Rows(NamedTuple):
    """Rows of one split of one dataset."""

    kind: str
    split: str
    frame: pl.DataFrame


class Assembly:
    """The rows that a recipe's `build` asks for, of what one verifier (its fingerprint) has judged.

    Args:
        folder: for files of our own; it is there as long as this is.
        part_rows: about how many completions are worked on at once.
        scoring: whose rewards the candidates have; without, they have none.
        label: how rollouts label reasoning steps; without, they do not.
    """

    def __init__(
        self,
        ledger: Ledger,
        verifier: str,
        config: BuildConfig,
        folder: Path,
        part_rows: int,
        scoring: Scoring | None = None,
        label: LabelConfig | None = None,
    ) -> None:
        steps = config.step_preference
        self._label = label if config.stepwise or (steps and steps.by == "labels") else None
        self._ledger, self._verifier, self._config, self._scoring = ledger, verifier, config, scoring
        self._kinds = asked(config)
        self.cleaning = Cleaning(config.clean)
        self._reads = self.cleaning.reads.union(*(kind.reads(part) for kind, part in self._kinds))
        if self._label is not None:
            self._reads |= READS
        self._parts = judged_parts(ledger, verifier, folder, self._reads, scoring=scoring, rows=part_rows)
        if config.reviews is not None:
            cut(ledger, "reviews", self._parts)
        if self._label is not None:
            columns = [pl.all() if steps else pl.all().exclude("text")]
            cut(ledger, "rollouts", self._parts, columns=columns)
        if steps and steps.by == "tree":
            for table in ("nodes", "node_rewards"):
                cut(ledger, table, self._parts)
        self._tallies: dict[str, list[pl.DataFrame]] = {kind.name: [] for kind, _ in self._kinds}
        self._counts: list[pl.DataFrame] = []
        self._dealt: list[pl.DataFrame] = []  # problems, to splits
        self._repeated: dict[str, pl.DataFrame] = {}  # answers, by dataset

    def rows(self) -> Iterator[Rows]:
        """All rows, sorted within each part; of every dataset and split there is a frame, if an empty one."""
        self.cleaning.look_at(self._parts)
        chosen = [self._select(part) for part in self._parts]
        self._cut_texts(pl.concat(chosen).unique())
        if self._config.clean.of_rows:
            self._clean_answers()
        for part in self._parts:
            yield from self._rows(part)

    @property
    def figures(self) -> dict[str, dict[str, float | int]]:
        """What each dataset is like, once all rows were taken."""
        counts = pl.concat(self._counts)
        return {name: figures_of(pl.concat(told), counts) for name, told in self._tallies.items()}

    @property
    def splits(self) -> dict[str, dict[str, Any]]:
        """What each split is like, once all rows were taken."""
        return splits_of(pl.concat(self._dealt))

    def _select(self, part: Part) -> pl.Series:
        """Choose from a part's candidates; returns which completions it takes the texts of."""
        judged = judged_in(part, self._verifier, self._reads, self._scoring)
        found = self.cleaning.problems(judged.collect())
        counts = group_counts(found.lazy()).collect()
        part.add(_COUNTS, counts)
        self._counts.append(counts)
        candidates = self.cleaning.candidates(found).lazy()
        if self._label is not None:
            candidates = labelled(candidates, statuses(part, self._verifier), self._label)
        stepwise = self._config.stepwise
        if stepwise and stepwise.agree is not None and self._scoring is not None:
            doubts = doubts_of(part, self._scoring, stepwise.agree)
            candidates = candidates.join(doubts, on="completion", how="left", maintain_order="left")
        if (rule := self._config.reviews) is not None:
            candidates = reviewed(candidates, people_of(part, rule), rule).collect().lazy()
        taken = [pl.Series("completion", [], dtype=pl.String)]
        known = Known(part, candidates, self._verifier, self._scoring, self.cleaning.steps)
        for kind, config in self._kinds:
            selected = kind.chosen(known, config)
            part.add(_SELECTED + kind.name, selected)
            taken += [selected[side].alias("completion") for side in kind.sides]
        chosen = pl.concat(taken).unique()
        part.add(_CHOSEN, chosen.to_frame())
        return chosen

    def _cut_texts(self, chosen: pl.Series) -> None:
        columns = [pl.col(name) for name in FETCHED]
        cut(self._ledger, "completions", self._parts, keep=among(chosen), columns=columns)

    def _clean_answers(self) -> None:
        """Drop answers that say what others say, which takes the texts of all."""
        texts = [self._fetched(part).select("completion", "text") for part in self._parts]
        for kind, _ in self._kinds:
            if not kind.sides:
                continue
            answers = [
                part.scan(_SELECTED + kind.name)
                .select("problem", "place", completion=kind.sides[0])
                .collect()
                .join(told, on="completion")
                .sort("problem", "place")
                .unique("completion", keep="first", maintain_order=True)
                for part, told in zip(self._parts, texts, strict=True)
            ]
            self._repeated[kind.name] = self.cleaning.answers(kind.name, pl.concat(answers))

    def _fetched(self, part: Part) -> pl.DataFrame:
        chosen = part.scan(_CHOSEN).collect()["completion"]
        return fetched(part, self._verifier, chosen).collect()

    def _rows(self, part: Part) -> Iterator[Rows]:
        splits = self._config.splits
        problems = problems_of(part, part.scan(_COUNTS), splits).collect()
        self._dealt.append(problems.select("split", family_of(), "n", "n_pass", "n_fail"))
        told = self._fetched(part)
        for kind, config in self._kinds:
            selected = part.scan(_SELECTED + kind.name).collect()
            if kind.name in self._repeated:
                gone = self._repeated[kind.name]
                selected = selected.join(gone, left_on=kind.sides[0], right_on="completion", how="anti")
            lengths = told.select("completion", length=shown_length(config.messages))
            self._tallies[kind.name].append(_tally(kind, selected, lengths))
            for split in splits.names:
                some = problems.filter(pl.col("split") == split).drop("split")
                mine = selected.join(some, on="problem", how="semi")
                yield Rows(kind.name, split, kind.columns(mine, some.lazy(), told.lazy(), config))


def _tally(kind: Kind[Any], selected: pl.DataFrame, lengths: pl.DataFrame) -> pl.DataFrame:
    rows = selected.lazy()
    for side in kind.sides:
        told = lengths.lazy().rename({"completion": side, "length": f"length_{side}"})
        rows = rows.join(told, on=side)
    measured = [side for side in ("chosen", "rejected") if f"length_{side}" in selected.columns]
    return tallied(rows, kind.sides or measured)
