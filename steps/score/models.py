"""`orm` and `prm`: outcome and process reward models, as a recipe declares them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from winnow.steps.engine.endpoint import Remote
from winnow.steps.engine.vllm import VllmServe
from winnow.steps.score.base import ScorerConfig
from winnow.steps.score.families import FamilyName
from winnow.steps.scoring import Aggregate

if TYPE_CHECKING:
    from winnow.steps.score.families import Family
    from winnow.steps.score.scorer import Scorer
    from winnow.steps.score.server import Server

_MODEL = frozenset({"model", "revision", "dtype", "quantization", "context", "extra"})


class TransformersConfig(BaseModel):
    """A model in this process, by transformers (the extra `rm`): for small ones, or a machine of its own.

    `model` is a name on the Hub or a folder; code that comes with it is never run. `device` is what torch
    calls it; `batch` completions are scored at once, none longer than `context` tokens with its task.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    type: Literal["transformers"]
    model: str = Field(min_length=1)
    revision: str | None = None
    """A branch, a tag or a commit of the Hub."""
    device: str = Field(default="cpu", min_length=1)
    """What torch calls it."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """What weights are computed in."""
    batch: int = Field(default=8, ge=1, le=4096)
    """Completions that are scored at once."""
    context: int = Field(default=4096, ge=16)
    """Tokens of a completion with its task at most."""


class PoolingConfig(Remote):
    """A server that pools, such as `vllm serve --runner pooling`, with the keys of an `endpoint`.

    `task` is the path that is asked, `classify`, `pooling` or `score`. `tokenizer` is the folder of the
    model's `tokenizer.json`, or its name on the Hub, where that is not the name that the server knows.
    """

    type: Literal["endpoint"]
    task: Literal["classify", "pooling", "score"] = "pooling"
    tokenizer: str | None = None


class CausalConfig(Remote):
    """A server that completes, and tells how likely a prompt's tokens are, as vLLM's does; with the keys of
    an `endpoint`, and `tokenizer` as above."""

    type: Literal["endpoint"]
    tokenizer: str | None = None


class VllmScorerConfig(VllmServe):
    """A `vllm serve` that winnow starts on 127.0.0.1 and ends, with the keys of `VllmServe`.

    A `prm` has it pool the tokens that end its family's steps, so `--pooler-config` is not for `arguments`.
    """

    type: Literal["vllm"]


AnyRemote = PoolingConfig | CausalConfig
AnyCausal = Annotated[TransformersConfig | CausalConfig | VllmScorerConfig, Field(discriminator="type")]
AnyModel = Annotated[TransformersConfig | PoolingConfig | VllmScorerConfig, Field(discriminator="type")]


class _ModelConfig(ScorerConfig):
    """What `orm` and `prm` have in common."""

    def _server(self, engine: PoolingConfig | VllmScorerConfig, log_dir: Path | None) -> Server:
        from winnow.steps.score.server import server_of

        own = log_dir / f"{self.name}-{self.fingerprint[:8]}" if log_dir else None
        return server_of(engine, own, "pooling")


class OrmConfig(_ModelConfig):
    """An outcome reward model: a classifier with one label (or two, of which the second is good) that reads
    the conversation with the completion as its end.

    The reward is a probability: the sigmoid of the one label, the softmax of the two. `raw` leaves the one
    label as it is.
    """

    type: Literal["orm"]
    engine: AnyModel
    """Where the model runs."""
    raw: bool = False

    @property
    def decisive(self) -> dict[str, Any]:
        # Of a server's paths `/score` alone shows the model something else: a pair of texts, and no chat.
        pair = (
            {"task": "score"}
            if isinstance(self.engine, PoolingConfig) and self.engine.task == "score"
            else {}
        )
        return {"raw": self.raw, "model": model_of(self.engine), **pair}

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        if isinstance(self.engine, TransformersConfig):
            from winnow.steps.score.local import LocalOrm

            return LocalOrm(self.engine, self.raw)
        from winnow.steps.score.pooling import PoolingOrm

        return PoolingOrm(self._server(self.engine, log_dir), self.raw)


class PrmConfig(_ModelConfig):
    """A process reward model: for each reasoning step the probability that it is good.

    Steps are what stands between blank lines, or the lines where there is no blank one. `family` says how
    the model is shown them: `qwen` (Qwen2.5-Math-PRM), `math_shepherd`, `rlhflow`, `skywork`
    (Skywork-o1-Open-PRM), or `step_tag`, where `tag` ends each step, and `good` and `bad` are the words that
    it says there, if it has no two labels.
    """

    type: Literal["prm"]
    engine: AnyModel
    """Where the model runs."""
    family: FamilyName
    """How the model is shown reasoning steps: `qwen`, `math_shepherd`, `rlhflow` or `step_tag`."""
    tag: str | None = Field(default=None, min_length=1)
    """Of `step_tag`: what ends each step."""
    good: str | None = Field(default=None, min_length=1)
    """Of `step_tag`: the word for a good step, where the model has no two labels."""
    bad: str | None = Field(default=None, min_length=1)
    """The word for a bad one."""
    aggregate: Aggregate = "last"
    """How the rewards of reasoning steps become one."""

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.family == "step_tag") != (self.tag is not None):
            raise ValueError("`tag` belongs to `family: step_tag`, and that needs it")
        if (self.good is None) != (self.bad is None) or (self.good and self.family != "step_tag"):
            raise ValueError("`good` and `bad` belong together, and to `family: step_tag`")
        in_process = isinstance(self.engine, TransformersConfig)
        if not in_process and (self.family in ("math_shepherd", "rlhflow") or self.good):
            raise ValueError(
                f"a {self.family} that says words has no pooling: use an engine of type transformers"
            )
        if not in_process and self.family == "skywork":
            raise ValueError("no server has skywork's value head: use an engine of type transformers")
        if isinstance(self.engine, PoolingConfig) and self.engine.task != "pooling":
            raise ValueError(f"{self.engine.task} has no score of each step: use `task: pooling`")
        if isinstance(self.engine, VllmScorerConfig) and any(
            one.replace("_", "-").startswith("--pooler-config") for one in self.engine.arguments
        ):
            raise ValueError("--pooler-config goes by the family, and cannot stand in `arguments`")
        return self

    @property
    def decisive(self) -> dict[str, Any]:
        told = self.model_dump(mode="json", include={"family", "tag", "good", "bad"})
        return {**told, "model": model_of(self.engine)}

    @property
    def way(self) -> Family | None:
        """How steps are shown; None where it is the model's own chat template."""
        from winnow.steps.score.families import FAMILIES, Family

        return Family(self.tag, self.good, self.bad) if self.tag else FAMILIES.get(self.family)

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        if isinstance(self.engine, TransformersConfig):
            from winnow.steps.score.local import LocalPrm

            return LocalPrm(self.engine, self.way)
        from winnow.steps.score.pooling import PoolingPrm

        if self.way is None:
            raise RuntimeError("validation lets no such family pool")
        return PoolingPrm(self._server(self.engine, log_dir), self.way)


def model_of(engine: TransformersConfig | AnyRemote | VllmScorerConfig) -> dict[str, Any]:
    """Who scores and what it may read, and not where."""
    told = engine.model_dump(mode="json", include=set(_MODEL))
    return {key: value for key, value in told.items() if value not in (None, {})}
