"""Score, as a distilabel step."""

from __future__ import annotations

from winnow.steps.base import GroupStep
from winnow.steps.score.config import AnyScorer
from winnow.steps.score.stage import Score


class ScoreRewards(GroupStep):
    """Give the candidates of each group rewards: by a model, a judge, a function or a baseline.

    Attributes:
        config: the `score` part of a recipe.

    Input columns:
        - prompt (`List[Dict[str, str]]`): chat messages.
        - candidates or generations: completions.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): with rewards, each by the fingerprint of its scorer.

    Categories:
        - scorer
    """

    config: AnyScorer

    def stage(self) -> Score:
        return Score(self.config)
