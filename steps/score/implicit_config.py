"""`implicit`: what one model thinks likelier than another, as a recipe declares it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.models import AnyCausal, TransformersConfig, model_of
from winnow.steps.scoring import Aggregate

if TYPE_CHECKING:
    from winnow.steps.score.implicit import Likely
    from winnow.steps.score.scorer import Scorer


class ImplicitConfig(ScorerConfig):
    """The reward that is implicit in a model which was trained by preferences, or as an implicit PRM: `beta`
    times the log-ratio of its probability of the completion and that of the `reference` which it was
    trained from (Rafailov et al. 2023, arXiv 2305.18290; Yuan et al. 2024, arXiv 2412.01981).

    A reasoning step has the part of its own tokens; `aggregate: sum` makes of these the reward of the whole.
    Both models read the conversation by the first one's chat template, and share one vocabulary.
    """

    type: Literal["implicit"]
    engine: AnyCausal
    """Where the trained model runs."""
    reference: AnyCausal
    beta: float = Field(default=0.05, gt=0, lt=float("inf"))
    aggregate: Aggregate = "sum"

    @property
    def decisive(self) -> dict[str, Any]:
        return {"beta": self.beta, "model": model_of(self.engine), "reference": model_of(self.reference)}

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.implicit import Implicit

        own = log_dir / f"implicit-{self.fingerprint[:8]}" if log_dir else None
        likely = (
            _likely(engine, own / name if own else None)
            for name, engine in (("model", self.engine), ("reference", self.reference))
        )
        return Implicit(*likely, beta=self.beta)


def _likely(engine: AnyCausal, log_dir: Path | None) -> Likely:
    if isinstance(engine, TransformersConfig):
        from winnow.steps.score.local_likely import LocalLikely

        return LocalLikely(engine)
    from winnow.steps.score.likely import ServedLikely
    from winnow.steps.score.server import server_of

    return ServedLikely(server_of(engine, log_dir, "generate"))
