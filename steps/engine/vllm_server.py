"""A `vllm serve` of ours: its command line, its health, and its end."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp

from winnow.steps.engine.keeper import end_orphan
from winnow.steps.engine.process import ServerProcess
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.vllm import VllmServe
from winnow.steps.errors import MissingError
from winnow.steps.secrets import expand

_STOP_SECONDS = 30.0
_LOOK = 0.5  # seconds between questions for its health
_RECORD = "vllm.pid"


class VllmServer(ServerProcess):
    """The process. What an earlier run left behind in the same `log_dir` is ended first."""

    def __init__(self, config: VllmServe, log_dir: Path | None) -> None:
        super().__init__("vllm", log_dir, _STOP_SECONDS)
        self._config = config
        self._record = log_dir / _RECORD if log_dir else None

    async def serve(self, key: str, further: Sequence[str]) -> str:
        """Start it with these `further` arguments, and return its address when it answers; `key` is what it
        must ask for.

        Raises:
            MissingError: vLLM is not installed.
            EngineUnreachable: it does not come up; the message has the end of its log.
        """
        executable = _executable(self._config.executable)
        if self._record is not None:
            await asyncio.to_thread(end_orphan, self._record)
        port = _free_port()
        command = [sys.executable, "-P", "-m", "winnow.steps.engine.keeper", str(self._record or "")]
        env = {name: expand(value) for name, value in self._config.env.items()}
        env["VLLM_API_KEY"] = key  # not an argument: anybody may read those
        told = self._arguments(port, further)
        await self.start([*command, executable, "serve", *told], env, b"")
        address = f"http://127.0.0.1:{port}"
        await self._healthy(address)
        return address

    def _arguments(self, port: int, further: Sequence[str]) -> list[str]:
        config = self._config
        given = {
            "--host": "127.0.0.1",
            "--port": port,
            "--served-model-name": config.model,
            "--dtype": config.dtype,
            "--revision": config.revision,
            "--quantization": config.quantization,
            "--tensor-parallel-size": config.tensor_parallel if config.tensor_parallel > 1 else None,
            "--data-parallel-size": config.data_parallel if config.data_parallel > 1 else None,
            "--max-model-len": config.context,
        }
        told = [f"{name}={value}" for name, value in given.items() if value is not None]
        return [str(Path(config.model).expanduser()), *told, *further, *config.arguments]

    async def _healthy(self, address: str) -> None:
        """Wait until it answers."""
        end = asyncio.get_running_loop().time() + self._config.start_timeout
        timeout = aiohttp.ClientTimeout(total=10.0)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while asyncio.get_running_loop().time() < end:
                if (death := self.death()) is not None:
                    raise EngineUnreachable(death)
                try:
                    async with session.get(f"{address}/health") as response:
                        if response.status == 200:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(_LOOK)
        waited = f"within {self._config.start_timeout:.0f} s (start_timeout)"
        raise EngineUnreachable(f"vllm did not answer {waited}{self.last_words()}")


def _executable(command: str) -> str:
    found = shutil.which(Path(command).expanduser())
    if found is None:
        raise MissingError(
            f"{command!r} is not a command here: pip install vllm, or name one in an environment of its own "
            "by the engine's `executable`"
        )
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
