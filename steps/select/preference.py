"""Preference pairs: a completion that passed against one that failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from winnow.steps.select import rules, text_rules
from winnow.steps.select.candidates import usable_reads
from winnow.steps.select.config import PreferenceConfig
from winnow.steps.select.deal import dealt
from winnow.steps.select.pairs import shared
from winnow.steps.select.reviews import of_reviewed, settled
from winnow.steps.select.trust import trust_reads, trusted


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of pairs: what it offers, what it reads of `FURTHER`, and what a row tells of it.

    `evenly`: its pairs are alike, so that each candidate is used before one is used again.
    """

    offer: Callable[[pl.LazyFrame, PreferenceConfig], pl.DataFrame]
    reads: frozenset[str] = frozenset()
    told: tuple[str, ...] = ()
    evenly: bool = False


_TEXT = frozenset({"text"})
RULES = {
    "best_vs_worst": Rule(rules.best_vs_worst),
    "correct_vs_incorrect": Rule(rules.correct_vs_incorrect, evenly=True),
    "margin": Rule(rules.margin),
    "mu_minus_2sigma": Rule(rules.mu_minus_2sigma),
    "hard_negative": Rule(rules.hard_negative, frozenset({"extracted"}), ("votes_rejected",)),
    "length_matched": Rule(rules.length_matched),
    "near_duplicate": Rule(text_rules.near_duplicate, _TEXT, ("edit_distance",)),
    "step_level": Rule(text_rules.step_level, _TEXT, ("shared_prefix", "step_chosen", "step_rejected")),
}


def pair_reads(config: PreferenceConfig) -> frozenset[str]:
    """The columns of `FURTHER` that choosing pairs takes."""
    asked = frozenset(shared(config)) - {"problem"}
    return usable_reads(config.messages) | asked | RULES[config.rule].reads | trust_reads(config)


def select_pairs(candidates: pl.LazyFrame, config: PreferenceConfig) -> pl.DataFrame:
    """The pairs of each problem by the configured rule.

    Both sides answer one prompt: with `system: sampled` they were told the same.

    A problem gives at most `per_problem` pairs, none where all passed or all failed; no candidate stands in
    more than `most_uses` of them, and neither side was cut off, is nothing but a thought, or is equal to the
    other but for white space and thoughts.

    Args:
        candidates: as `judged` gives them, with `pair_reads`.

    Returns:
        Columns problem, place (from 0), chosen, rejected (ids of completions), margin (on the scale of
        `rank_by`; null where that says nothing), score and reward of both, and what the rule tells; and
        `WHO`, where reviews count.
    """
    rule = RULES[config.rule]
    pairs = rule.offer(of_reviewed(trusted(candidates, config), pairs=True), config)
    named = pairs.select(
        "problem",
        *rule.told,
        chosen="completion",
        rejected="completion_rejected",
        margin=pl.col("value") - pl.col("value_rejected"),
        score_chosen="score",
        score_rejected="score_rejected",
        reward_chosen="reward",
        reward_rejected="reward_rejected",
    )
    left = settled(named, candidates, rule.told)
    return dealt(left, config.per_problem, config.most_uses, evenly=rule.evenly)
