"""`judge`: a language model that says how good a completion is, as a recipe declares it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator

from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.vllm import VllmConfig
from winnow.steps.records import canonical, key_of
from winnow.steps.score.base import ScorerConfig
from winnow.steps.scoring import Aggregate, is_number

if TYPE_CHECKING:
    from winnow.steps.score.scorer import Scorer

AnyServer = Annotated[EndpointConfig | LlamacppConfig | VllmConfig, Field(discriminator="type")]
MODEL = frozenset({"model", "revision", "dtype", "quantization", "context", "api", "extra"})
"""Keys of an engine that say who answers, and what he can read, not where that runs."""

RUBRIC = "Judge how well the answer solves the task: whether it is correct, complete and to the point."
STEPS_RUBRIC = "Review the answer step by step: whether each is correct, and follows from what is before it."


class JudgeConfig(ScorerConfig):
    """A language model as a judge, by a `rubric` in words.

    `form: scalar` has it reason and end with a number on the `scale`, from the worst to the best; the reward
    is where that lies between them, from 0 to 1, as the mean of `n` judgements. `form: genrm` asks whether
    the answer meets the rubric, and takes the probability of "Yes" against "No" as the first word (Zhang et
    al. 2024, "Generative Verifiers", arXiv 2408.15240): one token a completion, from an engine that tells
    log-probabilities. `form: pairwise` has it compare the completions of a problem, two at a time and in both
    orders, each with all others or with `opponents` of them; the reward is by `rating` the chance to beat one
    of middling strength (Bradley and Terry), or the share of comparisons won. `form: steps` shows it the
    reasoning steps by number and asks for the first wrong one (Zheng et al. 2024, "ProcessBench", arXiv
    2412.06559); a step's score is the share of `n` judgements that find nothing wrong up to it.
    """

    type: Literal["judge"]
    engine: AnyServer
    """Which model judges: an engine with the keys of `sample.engine`."""
    form: Literal["scalar", "genrm", "pairwise", "steps"] = "scalar"
    """`scalar`: a number after reasoning; `genrm`: how likely it says Yes and not No; `pairwise`: how likely
    an answer beats another; `steps`: which reasoning step is the first wrong one."""
    rubric: str | None = Field(default=None, min_length=1)
    """What an answer is judged by, in words; without it whether it is correct, complete and to the point, or
    of `steps` whether each is correct and follows."""
    scale: list[float] = Field(default_factory=lambda: [1.0, 10.0], min_length=2, max_length=2)
    """Of `scalar`: the worst and the best number; the reward is where a judgement lies between them."""
    n: int = Field(default=1, ge=1, le=100)
    """Judgements of each answer, of which the mean counts."""
    temperature: float = Field(default=0.0, ge=0.0, le=2.0)
    """Of the judgements; 0 says the same each time."""
    max_tokens: int = Field(default=512, ge=1)
    """How long a judgement may be."""
    opponents: int = Field(default=4, ge=2, le=1000)
    rating: Literal["bradley_terry", "win_rate"] = "bradley_terry"
    aggregate: Aggregate = "last"
    """Of `steps`: how the scores of reasoning steps become one."""

    @field_validator("scale")
    @classmethod
    def _rises(cls, scale: list[float]) -> list[float]:
        if not (all(map(is_number, scale)) and scale[0] < scale[1]):
            raise ValueError(f"{scale} is no scale: use [worst, best], the best being the greater number")
        return scale

    @property
    def relative(self) -> bool:
        return self.form == "pairwise"

    @property
    def by_steps(self) -> bool:
        return self.form == "steps"

    @property
    def criterion(self) -> str:
        """The rubric, or that of the form."""
        return self.rubric or (STEPS_RUBRIC if self.by_steps else RUBRIC)

    @property
    def judgement(self) -> dict[str, Any]:
        """What makes one judgement what it is."""
        asked = set() if self.form == "genrm" else {"n", "temperature", "max_tokens"}
        told = {"rubric": self.criterion, **self.model_dump(mode="json", include={"form", *asked})}
        model = self.engine.model_dump(mode="json", include=set(MODEL))
        return {**told, "model": {key: value for key, value in model.items() if value}}

    @property
    def comparison(self) -> str | None:
        """What tells its comparisons from all others', where it makes some; not who meets whom, nor what
        becomes of them."""
        return key_of("comparison", self.version, canonical(self.judgement)) if self.relative else None

    @property
    def decisive(self) -> dict[str, Any]:
        further = {"scalar": {"scale"}, "pairwise": {"opponents", "rating"}}.get(self.form, set())
        return {**self.judgement, **self.model_dump(mode="json", include=further)}

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        from winnow.steps.score.critic import Critic
        from winnow.steps.score.judge import Judging
        from winnow.steps.score.tournament import Tournament

        kinds = {"pairwise": Tournament, "steps": Critic}
        return kinds.get(self.form, Judging)(self, log_dir)
