"""A `vllm serve` of ours: its command line, its health, and its end."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import socket
import sys
from pathlib import Path

import aiohttp

from winnow.steps.engine.keeper import end_orphan
from winnow.steps.engine.managed import Managed
from winnow.steps.engine.process import ServerProcess
from winnow.steps.engine.protocol import EngineUnreachable
from winnow.steps.engine.vllm import VllmConfig
from winnow.steps.errors import MissingError
from winnow.steps.records import canonical
from winnow.steps.secrets import expand

_STOP_SECONDS = 30.0
_LOOK = 0.5  # seconds between questions for its health
_SMALL = 1024 * 1024  # bytes; of larger files the name and the size tell enough
_RECORD = "vllm.pid"


class Vllm(Managed):
    """A managed engine. What an earlier run left behind in the same `log_dir` is ended first."""

    def __init__(self, config: VllmConfig, log_dir: Path | None) -> None:
        super().__init__(ServerProcess("vllm", log_dir, _STOP_SECONDS), config, config.timeout)
        self.model = config.model
        self.capacity, self.most = config.concurrency, config.max_n
        self._config, self._log_dir = config, log_dir

    @property
    def identity(self) -> str:
        """The model with its revision and precision; of a folder, its files. Neither where nor how fast."""
        config = self._config
        folder = Path(config.model).expanduser()
        told = {"model": folder.name, "files": _files(folder)} if folder.is_dir() else self._of_hub()
        precision = {"dtype": config.dtype, "quantization": config.quantization}
        return canonical({**told, **precision, **config.spoken})

    async def _launch(self, key: str) -> str:
        executable = _executable(self._config.executable)
        record = self._log_dir / _RECORD if self._log_dir else None
        if record is not None:
            await asyncio.to_thread(end_orphan, record)
        port = _free_port()
        command = [sys.executable, "-P", "-m", "winnow.steps.engine.keeper", str(record or "")]
        env = {name: expand(value) for name, value in self._config.env.items()}
        env["VLLM_API_KEY"] = key  # not an argument: anybody may read those
        await self._server.start([*command, executable, "serve", *self._arguments(port)], env, b"")
        address = f"http://127.0.0.1:{port}"
        await self._healthy(address)
        return address

    def _arguments(self, port: int) -> list[str]:
        config = self._config
        given = {
            "--host": "127.0.0.1",
            "--port": port,
            "--served-model-name": self.model,
            "--dtype": config.dtype,
            "--revision": config.revision,
            "--quantization": config.quantization,
            "--tensor-parallel-size": config.tensor_parallel if config.tensor_parallel > 1 else None,
            "--data-parallel-size": config.data_parallel if config.data_parallel > 1 else None,
            "--max-model-len": config.context,
            "--speculative-config": config.speculative and json.dumps(config.speculative),
        }
        told = [f"{name}={value}" for name, value in given.items() if value is not None]
        caching = "--enable-prefix-caching" if config.prefix_caching else "--no-enable-prefix-caching"
        return [str(Path(self.model).expanduser()), *told, caching, *config.arguments]

    async def _healthy(self, address: str) -> None:
        """Wait until it answers."""
        end = asyncio.get_running_loop().time() + self._config.start_timeout
        timeout = aiohttp.ClientTimeout(total=10.0)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while asyncio.get_running_loop().time() < end:
                if (death := self._server.death()) is not None:
                    raise EngineUnreachable(death)
                try:
                    async with session.get(f"{address}/health") as response:
                        if response.status == 200:
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                await asyncio.sleep(_LOOK)
        words = self._server.last_words()
        raise EngineUnreachable(
            f"vllm did not answer within {self._config.start_timeout:.0f} s (start_timeout){words}"
        )

    def _of_hub(self) -> dict[str, str]:
        """The model and its commit, if it lies in the Hub's cache, else the revision that was asked for."""
        from huggingface_hub import try_to_load_from_cache

        asked = self._config.revision or "main"
        found = try_to_load_from_cache(self.model, "config.json", revision=asked)
        commit = Path(found).parent.name if isinstance(found, str) else asked
        return {"model": self.model, "revision": commit}


def _executable(command: str) -> str:
    found = shutil.which(Path(command).expanduser())
    if found is None:
        raise MissingError(
            f"{command!r} is not a command here: pip install vllm, or name one in an environment of its own "
            "by sample.engine.executable"
        )
    return found


def _files(folder: Path) -> dict[str, str]:
    """Each file of a model by its size, small ones also by their hash."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.startswith("."):
            size = path.stat().st_size
            small = size <= _SMALL
            digest = hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest() if small else ""
            found[path.name] = f"{size} {digest}".strip()
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
