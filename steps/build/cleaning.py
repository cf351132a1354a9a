"""What `clean` drops on the way to the rows: problems, candidates, chosen rows; and the record of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from winnow.steps.clean.candidates import dropped_candidates
from winnow.steps.clean.config import CleanConfig
from winnow.steps.clean.drops import counts_of
from winnow.steps.clean.problems import dropped_problems
from winnow.steps.clean.rows import dropped_rows
from winnow.steps.ledger.tables import Tables
from winnow.steps.ledger.view import MESSAGES, as_told_last, departed

_SCHEMA = pl.Schema(
    dict.fromkeys(("rule", "dataset", "source_id", "problem", "completion", "detail"), pl.String())
)
_PROBLEM = ("problem", "source_id", "conversation", "prompt")


class Cleaning:
    """Applies a recipe's `clean`, and keeps what it dropped."""

    def __init__(self, config: CleanConfig) -> None:
        self.config = config
        self._problems = pl.DataFrame(schema=dict.fromkeys(_PROBLEM, pl.String))
        self._gone = self._problems.clear().select("problem")
        self._drops: list[pl.DataFrame] = []

    @property
    def reads(self) -> frozenset[str]:
        """The columns that it needs of candidates, beside those that they always have."""
        return frozenset({"text"}) if self.config.of_candidates else frozenset()

    def look_at(self, parts: Iterable[Tables]) -> None:
        """See all problems at once, and drop some."""
        self._problems = pl.concat([_problems_of(part) for part in parts])
        drops = dropped_problems(self._problems, self.config)
        self._gone = drops.select("problem")
        self._drops.append(drops)

    def problems(self, candidates: pl.DataFrame) -> pl.DataFrame:
        """Candidates of the problems that are left."""
        return candidates.join(self._gone, on="problem", how="anti") if self._gone.height else candidates

    def candidates(self, candidates: pl.DataFrame) -> pl.DataFrame:
        """All candidates; those that are dropped are marked so, in the column `dropped`."""
        if not self.config.of_candidates:
            return candidates
        seen = candidates
        if self.config.needs_prompts:
            seen = candidates.join(self._problems.select("problem", "prompt"), on="problem")
        drops = dropped_candidates(seen, self.config)
        self._drops.append(drops.join(candidates.select("completion", "problem"), on="completion"))
        gone = pl.col("completion").is_in(drops["completion"].implode())
        return candidates.with_columns(dropped=gone)

    def steps(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """Pairs of steps without those of which a side, with what comes before it, has personal data, begins
        with a refusal, or is contaminated. Rules for whole answers say nothing of half ones.

        Args:
            pairs: columns problem, place, id, prefix, step_chosen, step_rejected.
        """
        off: dict[str, Any] = {
            "min_characters": 0,
            "max_characters": None,
            "languages": [],
            "max_tokens": None,
        }
        config = self.config.model_copy(update={**off, "near_duplicates": None})
        if not config.of_candidates:
            return pairs
        sides = [
            pairs.select(
                "problem",
                completion="id",
                status=pl.lit(side),
                index=2 * pl.col("place") + at,
                text=pl.concat_str("prefix", f"step_{side}"),
            )
            for at, side in enumerate(("chosen", "rejected"))
        ]
        drops = dropped_candidates(pl.concat(sides), config).unique(
            "completion", keep="first", maintain_order=True
        )
        named = drops.join(pairs.select("problem", completion="id"), on="completion")
        self._drops.append(named.with_columns(dataset=pl.lit("step_preference")))
        return pairs.join(drops, left_on="id", right_on="completion", how="anti", maintain_order="left")

    def answers(self, dataset: str, answers: pl.DataFrame) -> pl.DataFrame:
        """Of all answers of a dataset, in this order, those (`completion`) no row of which is left.

        Args:
            answers: columns problem, completion, text; each once, however many rows it stands in.
        """
        drops = dropped_rows(answers.select("text", row="completion"), self.config)
        named = drops.rename({"row": "completion"})
        mine = named.join(answers.select("completion", "problem"), on="completion")
        self._drops.append(mine.with_columns(dataset=pl.lit(dataset)))
        return named.select("completion")

    @property
    def dropped(self) -> pl.DataFrame:
        """Everything that was dropped: rule, dataset, source_id, problem, completion, detail."""
        if not self._drops:
            return pl.DataFrame(schema=_SCHEMA)
        every = pl.concat([pl.DataFrame(schema=_SCHEMA), *self._drops], how="diagonal").drop("source_id")
        named = every.join(self._problems.select("problem", "source_id"), on="problem", how="left")
        return named.select(_SCHEMA.names()).sort(
            "rule", "source_id", "problem", "completion", "detail", "dataset"
        )

    @property
    def counts(self) -> dict[str, int]:
        """How many each rule dropped."""
        return counts_of(self.dropped)


def _problems_of(part: Tables) -> pl.DataFrame:
    """The problems that the source still has: their messages as JSON, and what all of these say as text."""
    said = pl.element().struct.field("content")
    prompt = pl.col("prompt").str.json_decode(MESSAGES).list.eval(said).list.join("\n\n")
    told = as_told_last(part.scan("problems"))
    problems = told.select("source_id", problem="id", conversation="prompt", prompt=prompt)
    return problems.join(departed(part), on="problem", how="anti").select(_PROBLEM).collect()
