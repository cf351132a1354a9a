"""`replay`: an engine that answers from a file of existing candidates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from winnow.steps.engine.protocol import EngineConfig

if TYPE_CHECKING:
    from winnow.steps.engine.recording import Replay


class ReplayConfig(EngineConfig):
    """JSON lines `{"id": the problem's id in its source, "completions": [text, ...]}`, one a problem.

    A completion may also be an object with `text` and, if known, `finish_reason` and `tokens`, and a row may
    have `prompt_tokens`, which are paid for once a request. `model`
    names who said it all; `concurrency` is how many completions may be in flight.
    """

    type: Literal["replay"]
    path: str = Field(min_length=1)
    """The file, relative to the working directory."""
    model: str = "replay"
    """Who said it all."""
    concurrency: int = Field(default=512, ge=1, le=100_000)
    """How many completions may be in flight."""

    def engine(self, log_dir: Path | None = None) -> Replay:
        """The engine that reads the file; it keeps no log."""
        from winnow.steps.engine.recording import Replay

        return Replay(Path(self.path), self.model, self.concurrency)
