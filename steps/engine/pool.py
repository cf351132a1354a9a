"""`pool`: several engines of one model, of unequal speed, which may come and go, as a recipe declares it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.protocol import ServerConfig
from winnow.steps.engine.vllm import VllmConfig

if TYPE_CHECKING:
    from winnow.steps.engine.pool_engine import Pool


def _says_what_members_say(one: ServerConfig) -> ServerConfig:
    for key in ("api", "logprobs"):
        if key in one.model_fields_set:
            raise ValueError(f"`{key}` stands at the pool itself, and holds for every member")
    return one


AnyMember = Annotated[
    EndpointConfig | LlamacppConfig | VllmConfig,
    Field(discriminator="type"),
    AfterValidator(_says_what_members_say),
]


class PoolConfig(ServerConfig):
    """Engines that all have the same `model`, whatever each of them calls it: that is for you to know.

    `members` are there from the start. More stand in `members_file`, a YAML list of the same, or are printed
    as one by `members_command` (a list of words); it is read again every `refresh` seconds, and who joins
    or leaves it joins or leaves the run. Each member's `concurrency` is the most that it is asked for at
    once; how much that is at a time is found out. `retries` is how often a request goes to another member,
    `patience` (seconds) how long none at all may answer before the run ends. Where a member has `prices`,
    those count for it. `api` and `logprobs` stand here, and hold for all of them.
    """

    type: Literal["pool"]
    model: str = Field(min_length=1)
    """What the ledger calls the model that all of them have."""
    members: list[AnyMember] = Field(default_factory=list)
    """Those that are there from the start."""
    members_file: str | None = None
    """A YAML list of more, read again and again: who joins or leaves it joins or leaves the run."""
    members_command: list[str] | None = Field(default=None, min_length=1)
    """The same, printed by a command: a list of words."""
    refresh: float = Field(default=10.0, ge=0.1)
    """Seconds between two readings of them."""
    retries: int = Field(default=8, ge=0, le=1000)
    """How often a request goes to another member."""
    patience: float = Field(default=120.0, ge=0)
    """Seconds that none at all may answer before the run ends."""

    @model_validator(mode="after")
    def _has_members(self) -> Self:
        if not self.members and self.members_file is None and self.members_command is None:
            raise ValueError("a pool needs `members`, `members_file` or `members_command`")
        return self

    def engine(self, log_dir: Path | None = None) -> Pool:
        """The engine; `pool.log` in `log_dir` tells who came and went, and its members have folders there."""
        from winnow.steps.engine.pool_engine import Pool

        return Pool(self, log_dir)
