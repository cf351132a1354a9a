"""`vllm`: a `vllm serve` that we start, ask and stop ourselves, as a recipe declares it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from winnow.steps import secrets
from winnow.steps.engine.protocol import ServerConfig

if TYPE_CHECKING:
    from winnow.steps.engine.vllm_engine import Vllm

# What we set ourselves, and what would open the server to others or hide from us who answers.
_OURS = (
    "--host", "--port", "--uds", "--api-key", "--served-model-name", "--config", "--headless", "--runner",
)  # fmt: skip
_SECRET = re.compile(r"KEY|TOKEN|SECRET|PASSWORD", re.IGNORECASE)


class VllmServe(BaseModel):
    """A model on this machine's accelerators, behind a `vllm serve` of ours on 127.0.0.1.

    `model` is a name on the Hub or a folder; `revision`, a branch or a commit, belongs to a name. `context`
    is how many tokens a prompt and its completion may have. `arguments` goes to `vllm serve` as it is, `env`
    into its environment, with `${env:NAME}` expanded. `executable` is the command, for vLLM in an environment
    of its own. `concurrency` is how many completions may be in flight. `start_timeout` and `timeout` (of a
    request) are in seconds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: str = Field(min_length=1)
    """A name on the Hub, or a folder."""
    revision: str | None = None
    """A branch or a commit of the Hub."""
    dtype: str = "auto"
    """What weights are computed in, as vLLM names it."""
    quantization: str | None = None
    """How weights are packed, as vLLM names it; none: as the model says."""
    tensor_parallel: int = Field(default=1, ge=1, le=1024)
    """Over how many accelerators each layer is split."""
    data_parallel: int = Field(default=1, ge=1, le=1024)
    """How many copies of the model answer."""
    context: int | None = Field(default=None, ge=64)
    arguments: list[str] = Field(default_factory=list)
    """What `vllm serve` is told besides."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables for vLLM, with `${env:NAME}` expanded."""
    executable: str = Field(default="vllm", min_length=1)
    concurrency: int = Field(default=512, ge=1, le=100_000)
    """How many completions may be in flight."""
    start_timeout: float = Field(default=1800.0, gt=0)
    """Seconds until it must be healthy."""
    timeout: float = Field(default=1800.0, gt=0)
    """Seconds for one request."""

    @field_validator("arguments")
    @classmethod
    def _leave_ours_alone(cls, arguments: list[str]) -> list[str]:
        for one in arguments:
            name = one.partition("=")[0].replace("_", "-")
            if name in _OURS:
                raise ValueError(f"{name} is set by winnow and cannot stand in `arguments`")
        return arguments

    @field_validator("env")
    @classmethod
    def _hold_no_keys(cls, env: dict[str, str]) -> dict[str, str]:
        for name, value in env.items():
            if _SECRET.search(name) and not secrets.mentions(value):
                raise ValueError(f"a recipe holds no keys: export {name}, or write ${{env:{name}}}")
        return env

    @field_validator("model")
    @classmethod
    def _is_no_option(cls, model: str) -> str:
        if model.startswith("-"):
            raise ValueError("a model is a name on the Hub or a folder")
        return model


class VllmConfig(ServerConfig, VllmServe):
    """The engine `vllm`: a server of ours that completes, as long as the run lives.

    Beside the keys of `VllmServe` it has `speculative`, which is vLLM's `speculative_config`, and `max_n`,
    how many completions one request may ask for.
    """

    type: Literal["vllm"]
    prefix_caching: bool = True
    """Whether prompts that begin alike are computed once."""
    speculative: dict[str, Any] | None = None
    max_n: int = Field(default=64, ge=1, le=16_384)
    """How many completions one request may ask for."""

    def engine(self, log_dir: Path | None = None) -> Vllm:
        """The engine; the server's log is `vllm.log` in `log_dir`, or a file that goes with it."""
        from winnow.steps.engine.vllm_engine import Vllm

        return Vllm(self, log_dir)
