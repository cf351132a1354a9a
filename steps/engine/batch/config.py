"""`batch`: a provider's batch API, as a recipe declares it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from winnow.steps.engine.endpoint import Remote
from winnow.steps.engine.presets import BATCH_PRESETS

if TYPE_CHECKING:
    from winnow.steps.engine.batch.engine import BatchEngine


class BatchConfig(Remote):
    """Files of requests (`/files`) that a provider answers together (`/batches`), as OpenAI's API has it.

    Beside the keys of `Remote`: at most `max_requests` in a file and `max_bytes` of it; `window` is how long
    the provider may take (its `completion_window`). What was asked for is sent once nothing more was for
    `gather` seconds, or when a file is full. Batches are looked at after `poll` seconds, and ever less often,
    up to six times that. `concurrency` is how many completions may be owed to us at once, of a quarter as
    many problems, each of which takes some 10 KB of memory. `seed` tells whether the provider takes one,
    `limit` what it calls that of tokens; nothing is probed, since some answer nothing but batches. `retries`
    is how often a request is put into another batch.
    """

    presets: ClassVar[dict[str, dict[str, Any]]] = BATCH_PRESETS

    type: Literal["batch"]
    preset: Literal["openai", "groq", "cerebras"] | None = None
    concurrency: int = Field(default=100_000, ge=1, le=10_000_000)
    """How many completions may be owed to us at once, of a quarter as many problems."""
    retries: int = Field(default=3, ge=0, le=1000)
    """How often a request is put into another batch."""
    patience: float = Field(default=600.0, ge=0)
    """Seconds that nothing at all may answer before the run ends."""
    max_requests: int = Field(default=50_000, ge=1)
    """Requests in a file at most."""
    max_bytes: int = Field(default=200_000_000, ge=1000)
    """Size of a file at most."""
    window: str = Field(default="24h", min_length=1)
    gather: float = Field(default=10.0, ge=0)
    poll: float = Field(default=10.0, gt=0)
    seed: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"

    def engine(self, log_dir: Path | None = None) -> BatchEngine:
        """The engine. What it must remember lies in `batches/` beside `log_dir`: whatever was paid for and
        is not in the ledger yet. Without a `log_dir` it is forgotten when the engine closes.

        Raises:
            MissingError: an environment variable that the recipe names is not set, or no header can hold it.
        """
        from winnow.steps.engine.batch.engine import BatchEngine

        return BatchEngine(self, log_dir)
