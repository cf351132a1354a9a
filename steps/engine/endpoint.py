"""`endpoint`: any URL that speaks the OpenAI protocol, as a recipe declares it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from winnow.steps import secrets
from winnow.steps.engine.presets import PRESETS, Preset
from winnow.steps.engine.protocol import ServerConfig

if TYPE_CHECKING:
    from winnow.steps.engine.client import Client

_OURS = (
    "model", "messages", "prompt", "n", "seed", "stream", "max_tokens", "max_completion_tokens", "stop",
    "logprobs",
)  # fmt: skip


class Remote(ServerConfig):
    """What a server of somebody else is asked by.

    `preset` names one that is known: its URL, its key's variable and its limits, where the recipe says none
    itself. `base_url` ends where `/chat/completions` or `/completions` begins, mostly in `/v1`. It, `api_key`
    and the values of `headers` may hold `${env:NAME}`. `concurrency` is how many completions may be in
    flight, `max_n` how many one request may ask for. `timeout` (seconds) is for one request, `retries` how
    often one is repeated after an answer that was none, and `patience` (seconds) how long nothing at all may
    answer before the run ends. `extra` goes into every request as it is.
    """

    presets: ClassVar[dict[str, dict[str, Any]]] = PRESETS

    preset: Preset | None = None
    base_url: str
    """Where `/chat/completions` or `/completions` begins, mostly in `/v1`; it may hold `${env:NAME}`."""
    model: str = Field(min_length=1)
    """The model's name at that server."""
    api_key: str | None = None
    """The key, as `${env:NAME}`."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Of every request; their values may hold `${env:NAME}`."""
    concurrency: int = Field(default=64, ge=1, le=100_000)
    """How many completions may be in flight."""
    max_n: int = Field(default=16, ge=1, le=100_000)
    """How many completions one request may ask for."""
    timeout: float = Field(default=600.0, gt=0)
    """Seconds for one request."""
    retries: int = Field(default=6, ge=0, le=1000)
    """How often a request is repeated after an answer that was none."""
    patience: float = Field(default=60.0, ge=0)
    """Seconds that nothing at all may answer before the run ends."""
    extra: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _as_preset(cls, given: Any) -> Any:
        known = cls.presets.get(str(given.get("preset")), {}) if isinstance(given, dict) else {}
        return {**known, **given} if known else given

    @field_validator("base_url")
    @classmethod
    def _is_a_url(cls, url: str) -> str:
        if not secrets.mentions(url) and not re.match(r"https?://[^/\s]", url):
            raise ValueError("a base_url starts with http:// or https://, like http://127.0.0.1:8000/v1")
        return url

    @field_validator("api_key")
    @classmethod
    def _is_no_literal(cls, key: str | None) -> str | None:
        if key is not None and not secrets.mentions(key):
            raise ValueError("a recipe holds no keys: write ${env:NAME} and export NAME")
        return key

    @field_validator("extra")
    @classmethod
    def _leaves_ours_alone(cls, extra: dict[str, Any]) -> dict[str, Any]:
        taken = [key for key in extra if key in _OURS]
        if taken:
            raise ValueError(f"{taken[0]!r} has a key of its own in the recipe and cannot stand in `extra`")
        return extra


class EndpointConfig(Remote):
    """An OpenAI-compatible server that runs already: vLLM, SGLang, llama.cpp, Ollama, Groq, ...

    Beside its `type` it has the keys of `Remote`.
    """

    type: Literal["endpoint"]

    def engine(self, log_dir: Path | None = None) -> Client:
        """The engine that asks this endpoint; what that can do is kept in `log_dir`, in `probes.json`.

        Raises:
            MissingError: an environment variable that the recipe names is not set, or no header can hold it.
        """
        from winnow.steps.engine.client import Client
        from winnow.steps.engine.remembered import FILE
        from winnow.steps.engine.transport import Transport

        transport = Transport.of(self.base_url, self.api_key, self.headers, self.timeout)
        return Client(self, transport, memory=log_dir / FILE if log_dir else None)
