"""Which candidates no row should have, each looked at beside those of its own problem alone."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from winnow.steps.clean.config import CleanConfig
from winnow.steps.clean.drops import drops_of, told
from winnow.steps.clean.indices import overlap_with
from winnow.steps.clean.language import foreign
from winnow.steps.clean.lengths import bounded, too_long
from winnow.steps.clean.near import Likeness, alike_drops, near_duplicates
from winnow.steps.clean.personal import personal
from winnow.steps.clean.refusals import refusals

_Rule = Callable[[pl.DataFrame], pl.DataFrame]


def dropped_candidates(candidates: pl.DataFrame, config: CleanConfig) -> pl.DataFrame:
    """Candidates that are dropped.

    Rules, in the order in which they are asked: `min_characters`, `max_characters`, `refusal`, `pii`,
    `language`, `contaminated`, `max_tokens`, `near_duplicate`. What one drops the next does not see. Near
    duplicates are sought among the candidates of a problem with the same status, and the one with the lowest
    index stays.

    Args:
        candidates: columns completion, problem, status, index, text; where `config.needs_prompts`, also
            prompt. All candidates of a problem.

    Returns:
        Columns completion, rule, detail, in the order of problem and index.

    Raises:
        MissingError, UsageError: an evaluation set or a tokenizer cannot be read.
    """
    every = candidates.sort("problem", "index", "completion")
    left = pl.DataFrame({"at": pl.int_range(every.height, eager=True)})
    parts: list[pl.DataFrame] = []
    for rule in _rules(config):
        seen = every if left.height == every.height else every[left["at"]]
        found = rule(seen)
        parts.append(found.with_columns(at=left["at"].gather(found["at"])))
        left = left.join(parts[-1], on="at", how="anti", maintain_order="left")
    return drops_of(every["completion"], parts)


def _rules(config: CleanConfig) -> list[_Rule]:
    """The rules that are asked for, each a function from candidates to columns at, rule, detail."""
    rules: list[_Rule] = []
    if config.min_characters or config.max_characters is not None:
        rules.append(lambda seen: bounded(seen["text"], config.min_characters, config.max_characters))
    if (said := config.refusals) is not None:
        rules.append(lambda seen: refusals(seen["text"], said.also))
    if config.pii:
        rules.append(lambda seen: personal(seen["text"], config.pii))
    if config.languages:
        rules.append(lambda seen: foreign(seen["text"], config.languages))
    if config.decontaminate_answers:
        rules.append(lambda seen: _contaminated(seen, config))
    if (limit := config.max_tokens) is not None:
        rules.append(lambda seen: too_long(seen["prompt"], seen["text"], limit))
    if (near := config.near_duplicates) is not None and near.candidates:
        like = Likeness(near.threshold, near.numbers)
        rules.append(lambda seen: _alike(seen, like))
    return rules


def _contaminated(seen: pl.DataFrame, config: CleanConfig) -> pl.DataFrame:
    found = overlap_with(config.decontaminate).drops(seen["text"])
    return told(found["at"], "contaminated", found["detail"])


def _alike(seen: pl.DataFrame, like: Likeness) -> pl.DataFrame:
    groups = seen.select(pl.struct("problem", "status").rank("dense")).to_series()
    rows = pl.int_range(seen.height, eager=True)
    found = near_duplicates(seen["text"], like, groups)
    return alike_drops(rows, seen["completion"], found, "near_duplicate")
