"""`llamacpp`: a llama.cpp server that we start, ask and stop ourselves, as a recipe declares it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from winnow.steps.engine.protocol import ServerConfig

if TYPE_CHECKING:
    from winnow.steps.engine.llamacpp_engine import Llamacpp


class LlamacppConfig(ServerConfig):
    """A model on this machine's processors, behind a server on 127.0.0.1 that lives as long as the run.

    `model` is `smollm2-135m-instruct` or the path of a GGUF file. `slots` is how many completions are
    computed at once, each with room for `context` tokens, its prompt included. `threads` is by default
    the number of processors that we may use. `timeout` (seconds) is for one request.
    """

    type: Literal["llamacpp"]
    model: str = Field(default="smollm2-135m-instruct", min_length=1)
    slots: int = Field(default=16, ge=1, le=1024)
    """How many completions are computed at once."""
    context: int = Field(default=512, ge=64, le=1_048_576)
    """Tokens of a completion with its prompt at most."""
    threads: int | None = Field(default=None, ge=1, le=1024)
    timeout: float = Field(default=600.0, gt=0)

    def engine(self, log_dir: Path | None = None) -> Llamacpp:
        """The engine; the server's log is `llamacpp.log` in `log_dir`, or a file that goes with it."""
        from winnow.steps.engine.llamacpp_engine import Llamacpp

        return Llamacpp(self, log_dir)
