"""A llama.cpp server of ours, in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from winnow.steps.engine import gguf
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.managed import Managed
from winnow.steps.engine.process import ServerProcess
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.errors import MissingError
from winnow.steps.records import canonical

# At each of a model's barriers OpenMP's threads spin for the last one, which on a busy machine waits for
# its turn on a processor. On 2 cores, beside one busy process, 69 tokens/s when they sleep and 43 or fewer
# when they spin; alone there is no difference.
_CALM = {"OMP_WAIT_POLICY": "passive"}
_START_SECONDS = 600.0


class Llamacpp(Managed):
    """A managed engine. The server always has as much work waiting as it has in its slots."""

    def __init__(self, config: LlamacppConfig, log_dir: Path | None) -> None:
        super().__init__(ServerProcess("llama.cpp", log_dir), config, config.timeout)
        self.model = Path(config.model).stem if config.model.endswith(".gguf") else config.model
        self.capacity = 2 * config.slots
        self.most = config.slots
        self._config = config
        self._identity: str | None = None

    @property
    def identity(self) -> str:
        """The model file's name, size and hash; asking for it reads the file once."""
        if self._identity is None:
            file, spoken = gguf.identity(gguf.find(self._config.model)), self._config.spoken
            self._identity = canonical({"file": file, **spoken}) if spoken else file
        return self._identity

    async def _launch(self, key: str) -> str:
        model = gguf.find(self._config.model)
        if find_spec("xllamacpp") is None:
            raise MissingError("llama.cpp is not installed: pip install 'winnow-data[local]'")
        await asyncio.to_thread(lambda: self.identity)
        asked = {
            "model": str(model),
            "api_key": key,
            "slots": self._config.slots,
            "context": self._config.context,
            "threads": self._config.threads or _processors(),
        }
        command = [sys.executable, "-P", "-m", "winnow.steps.engine.llamacpp_server"]
        env = {name: os.environ.get(name, value) for name, value in _CALM.items()}
        await self._server.start(command, env, json.dumps(asked).encode() + b"\n")
        try:
            line = await asyncio.wait_for(self._server.line(), _START_SECONDS)
        except TimeoutError:
            raise EngineUnreachable(
                f"the llama.cpp server did not start in {_START_SECONDS:.0f} s{self._server.last_words()}"
            ) from None
        if not line:
            raise EngineUnreachable(self._server.death() or "the llama.cpp server closed its output")
        return str(json.loads(line)["address"])


def _processors() -> int:
    """How many we may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
