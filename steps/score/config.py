"""Scorers, as the recipe's `score` declares them. Nothing heavy is imported before one is started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from winnow.steps.records import canonical
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.implicit_config import ImplicitConfig
from winnow.steps.score.judge_config import JudgeConfig
from winnow.steps.score.models import OrmConfig, PrmConfig
from winnow.steps.scoring import Aggregate, Combine, is_number
from winnow.verifiers import load
from winnow.verifiers.registry import Verifier

if TYPE_CHECKING:
    from winnow.steps.score.scorer import Scorer


class LengthConfig(ScorerConfig):
    """A baseline: how many characters a completion has."""

    type: Literal["length"]

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.baselines import Length

        return Length()


class LogprobConfig(ScorerConfig):
    """A baseline: how sure the model itself was, as the geometric mean of its tokens' probabilities.

    It takes `sample.engine.logprobs`; a completion without has no reward.
    """

    finished: ClassVar[bool] = True

    type: Literal["logprob"]

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.baselines import Logprob

        return Logprob()


class VotesConfig(ScorerConfig):
    """A baseline: the share of the group's completions that give the same answer (self-consistency).

    Answers are what the verifier extracted, in one spelling; a completion without one has the reward 0.
    """

    type: Literal["votes"]
    _verifier: str = PrivateAttr(default="")

    def by_answers_of(self, verifier: str) -> None:
        """Whose extracted answers are counted: the fingerprint of the recipe's verifier."""
        self._verifier = verifier

    @property
    def decisive(self) -> dict[str, Any]:
        return {"verifier": self._verifier}

    @property
    def relative(self) -> bool:
        return True

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.baselines import Votes

        return Votes()


class RandomConfig(ScorerConfig):
    """A baseline: chance, between 0 and 1, the same for a completion in every run."""

    type: Literal["random"]
    seed: int = 0
    """Another seed gives other rewards."""

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.baselines import Chance

        return Chance(self.seed)


class RecordedConfig(ScorerConfig):
    """Rewards that somebody has given already, from a file: JSON lines, one a problem.

    `{"id": the problem's id in its source, "completions": [{"reward": 0.9, "steps": [0.8, 0.9]}, ...]}`,
    in the order in which they were sampled, so a file for `replay` may hold them beside its texts. Where a
    row has a `text`, the reward is for that text alone, wherever it stands. Of `reward` and `steps` (one a
    reasoning step) one is enough; a completion with neither has no reward.
    """

    finished: ClassVar[bool] = True

    type: Literal["recorded"]
    path: str = Field(min_length=1)
    """The file, relative to the working directory."""
    aggregate: Aggregate = "last"
    """How the rewards of reasoning steps become one."""

    @property
    def decisive(self) -> dict[str, Any]:
        from winnow.steps.score.recorded import digest_of

        return {"file": digest_of(Path(self.path))}

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.recorded import Recorded

        return Recorded(Path(self.path))


class FunctionConfig(ScorerConfig):
    """A reward function of TRL's form, `file.py:function` or `module:function`: run in processes that can be
    ended, each call within `deadline` seconds. It gets lists of one, and the reference's keys as columns;
    `chat` gives it chat messages. Editing its file, or what that imports, makes it another scorer."""

    elsewhere: ClassVar[frozenset[str]] = frozenset({"type", "deadline"})

    type: Literal["function"]
    function: str
    """`file.py:function` or `module:function`."""
    chat: bool = False
    deadline: float = Field(default=5.0, gt=0, lt=float("inf"))

    @field_validator("function")
    @classmethod
    def _is_one(cls, told: str) -> str:
        load({"type": "reward", "function": told})
        return told

    @property
    def spec(self) -> dict[str, Any]:
        """It as a verifier, whose score is the reward as it is."""
        return {"type": "reward", "function": self.function, "chat": self.chat, "raw": True}

    @property
    def decisive(self) -> dict[str, Any]:
        verifier: Verifier = load(self.spec)
        return {"verifier": verifier.fingerprint}

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.function import Function

        return Function(self.spec, self.deadline)


Single = (
    LengthConfig
    | LogprobConfig
    | VotesConfig
    | RandomConfig
    | RecordedConfig
    | FunctionConfig
    | JudgeConfig
    | OrmConfig
    | PrmConfig
    | ImplicitConfig
)
AnySingle = Annotated[Single, Field(discriminator="type")]


class EnsembleConfig(ScorerConfig):
    """Several scorers, each of whose rewards is kept; `combine` is how they become one.

    `mean` and `min` are of the rewards as they are, so these should be on one scale, or have `weights` in the
    mean (`winnow.steps.report.weights` fits them); `majority` is the share of scorers for whom no other
    candidate of the problem is better. Other weights, or another `combine`, score nothing anew.
    """

    type: Literal["ensemble"]
    of: list[AnySingle] = Field(min_length=2)
    """The scorers."""
    combine: Combine = "mean"
    weights: list[float] | None = None

    @model_validator(mode="after")
    def _has_a_weight_each(self) -> Self:
        if self.weights is None:
            return self
        if self.combine != "mean":
            raise ValueError(f"`weights` are of a mean: leave them out, or `combine: {self.combine}`")
        if (
            len(self.weights) != len(self.of)
            or not any(self.weights)
            or not all(map(is_number, self.weights))
        ):
            raise ValueError(f"expected {len(self.of)} numbers, one a scorer and not all 0")
        return self

    @field_validator("of")
    @classmethod
    def _are_different(cls, members: list[ScorerConfig]) -> list[ScorerConfig]:
        told = [canonical({"type": one.name, **one.model_dump(mode="json")}) for one in members]
        if len(set(told)) < len(told):
            raise ValueError("two scorers of an ensemble are the same: name each once")
        return members

    @property
    def members(self) -> tuple[ScorerConfig, ...]:
        return tuple(self.of)


AnyScorer = Annotated[Single | EnsembleConfig, Field(discriminator="type")]
