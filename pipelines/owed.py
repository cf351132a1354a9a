"""What groups owe beside candidates, verdicts and rewards: labels of answers, comparisons of pairs."""

from __future__ import annotations

from collections.abc import Sequence

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.comparisons import comparisons_of
from winnow.steps.ledger.paid import TOKENS, rolled
from winnow.steps.ledger.rollouts import rollouts_of
from winnow.steps.ledger.schema import Sampling
from winnow.steps.process.config import LabelConfig
from winnow.steps.records import Group
from winnow.steps.rollout.stage import unlabelled
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.judge_config import JudgeConfig
from winnow.steps.score.tournament import uncompared


def labels_owed(
    ledger: Ledger, config: LabelConfig, groups: Sequence[Group], sampling: Sampling, verifier: str
) -> tuple[int, int]:
    """How many answers of these groups are to be labelled, and by how many rollouts that are not there, as
    far as those that are tell: the next ones go by what they say."""
    rollouts = rollouts_of(ledger, [group.problem.id for group in groups], sampling, verifier)
    for group in groups:
        group.rollouts = rollouts.get(group.problem.id, {})
    owed = [missing for group in groups for missing in unlabelled(group, config, sampling.told)]
    return len(owed), len(set().union(*owed))  # answers that begin alike share them


def pairs_owed(ledger: Ledger, config: ScorerConfig, groups: Sequence[Group]) -> int:
    """How many pairs of answers of these groups judges are to compare, whether in one order or in both."""
    judges: dict[str, int] = {}  # by what they compare; who meets more also meets whom another one meets
    for one in config.members:
        if isinstance(one, JudgeConfig) and one.comparison:
            judges[one.comparison] = max(one.opponents, judges.get(one.comparison, 0))
    if not judges:
        return 0
    held, pairs = comparisons_of(ledger, [group.problem.id for group in groups], judges), 0
    for group in groups:
        whole = [one for one in group.candidates if not one.truncated]
        for judge, opponents in judges.items():
            known = held.get(group.problem.id, {}).get(judge, {})
            pairs += len({frozenset(places) for places in uncompared(whole, known, opponents)})
    return pairs


def told_rollouts(ledger: Ledger, count: int) -> str:
    """How so many rollouts are told of, with the tokens by what one took so far; empty where there are none:
    the others are there, and to be judged."""
    if not count:
        return ""
    each = rolled(ledger).select(TOKENS.mean()).collect().item()
    taken = f", some {count * each:,.0f} tokens" if each else ""
    return f", by {count:,} rollouts or more{taken}"
