"""Single completions with a label: for KTO right or wrong, for process reward models step by step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import polars as pl

from winnow.steps.select.candidates import ranked, usable, usable_reads
from winnow.steps.select.config import KtoConfig, RankedConfig, StepwiseConfig
from winnow.steps.select.doubts import agreed
from winnow.steps.select.process import LABELS
from winnow.steps.select.reasoning import reasoning_steps
from winnow.steps.select.reviews import WHO, of_reviewed
from winnow.steps.select.said import shown
from winnow.steps.select.trust import trust_reads, trusted
from winnow.verifiers.golden.thinking import without_thoughts

POOL = 64
"""Of each side of a problem so many are looked at step by step, those that rank first."""
_COLUMNS = ("problem", "place", "completion", "label", "score", "reward")


def kto_reads(config: KtoConfig) -> frozenset[str]:
    """The columns of `FURTHER` that choosing rows takes."""
    return usable_reads(config.messages) | trust_reads(config)


def select_kto(candidates: pl.LazyFrame, config: KtoConfig) -> pl.DataFrame:
    """The best that passed, then the worst that failed, at most `per_problem` of each.

    Args:
        candidates: as `judged` gives them, with `kto_reads`.

    Returns:
        Columns problem, place, completion, label (whether it passed), score, reward; and `WHO`, where reviews
        count.
    """
    rows = _both(of_reviewed(trusted(candidates, config)), config, config.per_problem)
    if config.balanced:
        sizes = [(pl.col("label") == label).sum().over("problem") for label in (True, False)]
        rows = rows.filter(pl.col("place") < pl.min_horizontal(sizes))
    return _placed(rows.collect())


def stepwise_reads(config: StepwiseConfig) -> frozenset[str]:
    """The columns of `FURTHER` that choosing rows takes."""
    return usable_reads(config.messages) | {"text"} | trust_reads(config)


def select_stepwise(candidates: pl.LazyFrame, config: StepwiseConfig) -> pl.DataFrame:
    """Completions whose every step has a label that is proven, at most `per_problem` of each outcome.

    A step is good where somebody went on from it to the right answer: of what passed every step is, and of
    what failed those that it shares, from the start, with one that passed. The last step of what failed is
    bad, since it ends wrong. What lies between is unknown; so only those that failed are rows which left a
    right way with their last step. (The hard labels of Wang et al. 2023, "Math-Shepherd", arXiv 2312.08935,
    for the prefixes that were sampled.) What failed is a row, too, where rollouts have labelled its steps.

    Args:
        candidates: as `judged` gives them, with `stepwise_reads`; or as `labelled` does; and where scorers
            must agree, with `DOUBTS`.

    Returns:
        Columns problem, place, completion, label (of the last step; all before it are good), score, reward;
        `LABELS`, where rollouts count, which take the place of label where they are not null; and `WHO`,
        where reviews count.
    """
    known, most = of_reviewed(trusted(candidates, config)), max(POOL, config.per_problem)
    # What cleaning dropped is no row, but a right way all the same.
    ways = usable(known, "pass", config.messages, dropped=True)
    ways = ranked(ways, config.rank_by).filter(pl.col("place") < most).with_columns(label=pl.lit(True))
    every = pl.concat([_both(known, config, most), ways])
    by_rollouts, seen = pl.lit(False), shown(config.messages)
    if set(LABELS) <= set(every.collect_schema().names()):
        # They are of the whole text, and of its verdict.
        hold = ~pl.col("label") & (seen == pl.col("text")) & (config.trust == "verdict")
        every = every.with_columns(pl.when(hold).then(pl.col(name)).alias(name) for name in LABELS)
        by_rollouts = pl.col("labels").is_not_null()
    shows = every.with_columns(text=seen, known=by_rollouts, whole=seen == pl.col("text"))
    ordered = shows.sort("problem", ~pl.col("label"), "place")
    rows = ordered.collect()
    told = rows.select(pl.int_range(pl.len()), "problem", "label", "text", "dropped", "known").iter_rows()
    proven = [at for _, group in groupby(told, key=itemgetter(1)) for at in _proven(group)]
    kept = rows[proven] if config.agree is None else _agreed(rows[proven])
    return _placed(kept.filter(pl.int_range(pl.len()).over("problem", "label") < config.per_problem))


def _agreed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of which scorers think the same; of another text than they saw they think nothing."""
    texts = {text: _scored(text) for text in rows["text"].unique()}
    steps = pl.col("text").replace_strict(texts, return_dtype=pl.Int64)
    bad = steps - 1
    if "labels" in rows.columns:
        of_rollouts = pl.col("labels").list.eval((~pl.element()).cast(pl.Int8)).list.arg_max()
        bad = pl.when(pl.col("labels").is_null()).then(bad).otherwise(of_rollouts.cast(pl.Int64))
    return rows.filter(agreed(steps, pl.when(~pl.col("label")).then(bad)) & pl.col("whole"))


def _scored(text: str) -> int | None:
    """How many reasoning steps a text has; None where it has others to a scorer, who reads no thoughts."""
    steps = reasoning_steps(text)
    return len(steps) if reasoning_steps(without_thoughts(text)) == steps else None


def _proven(group: Iterable[tuple[int, str, bool, str, bool, bool]]) -> Iterator[int]:
    """The first fields of what passed in a group, which stands first, of what left it last, and of what is
    known by its rollouts."""
    ways: dict[str, Any] = {}  # what passed, as a tree: from each step to those that follow it
    for at, _, passed, text, dropped, known in group:
        steps = reasoning_steps(text)
        if passed:
            place = ways
            for step in steps:
                place = place.setdefault(step, {})
            if not dropped:
                yield at
        elif known or _leaves_last(steps, ways):
            yield at


def _leaves_last(steps: Sequence[str], ways: dict[str, Any]) -> bool:
    """Whether a way of the tree has all the steps but the last, and none has that."""
    for step in steps[:-1]:
        if step not in ways:
            return False
        ways = ways[step]
    return steps[-1] not in ways


def _both(known: pl.LazyFrame, config: RankedConfig, most: int) -> pl.LazyFrame:
    """At most so many of each label, with their `place` among those of their label."""
    said, keys = config.messages, config.rank_by
    right = ranked(usable(known, "pass", said), keys).with_columns(label=pl.lit(True))
    wrong = ranked(usable(known, "fail", said), keys, worst_first=True).with_columns(label=pl.lit(False))
    return pl.concat([right, wrong]).filter(pl.col("place") < most)


def _placed(rows: pl.DataFrame) -> pl.DataFrame:
    ordered = rows.sort("problem", ~pl.col("label"), "place")
    return ordered.with_columns(place=pl.int_range(pl.len()).over("problem")).select(
        *_COLUMNS, *(name for name in (*LABELS, *WHO) if name in rows.columns)
    )
