"""The life of a llama.cpp server of ours: started, asked as any endpoint is, and stopped."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from winnow.steps.engine import gguf
from winnow.steps.engine.client import Client
from winnow.steps.engine.counters import Counters
from winnow.steps.engine.endpoint import EndpointConfig
from winnow.steps.engine.llamacpp import LlamacppConfig
from winnow.steps.engine.protocol import EngineUnreachable, Parameters
from winnow.steps.engine.transport import Transport
from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError
from winnow.steps.records import Choice, Problem

# At each of a model's barriers OpenMP's threads spin for the last one, which on a busy machine waits for
# its turn on a processor. On 2 cores, beside one busy process, 69 tokens/s when they sleep and 43 or fewer
# when they spin; alone there is no difference.
_CALM = {"OMP_WAIT_POLICY": "passive"}
_START_SECONDS = 600.0
_STOP_SECONDS = 5.0
_LOG_LINES = 5


class Llamacpp:
    """A managed engine. The server always has as much work waiting as it has in its slots."""

    def __init__(self, config: LlamacppConfig, log_dir: Path | None) -> None:
        self.model = Path(config.model).stem if config.model.endswith(".gguf") else config.model
        self.capacity = 2 * config.slots
        self.most = config.slots
        self._config = config
        self._log_dir = log_dir
        self._identity: str | None = None
        self._log: IO[bytes] | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._client: Client | None = None

    @property
    def identity(self) -> str:
        """The model file's name, size and hash; asking for it reads the file once."""
        self._identity = self._identity or gguf.identity(gguf.find(self._config.model))
        return self._identity

    @property
    def counters(self) -> Counters:
        return self._client.counters if self._client else Counters()

    @property
    def pid(self) -> int | None:
        """The server's process, while there is one."""
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the server, and wait until it answers.

        Raises:
            MissingError: xllamacpp or the model is not installed.
            EngineUnreachable: the server does not come up; the message has the end of its log.
        """
        model = gguf.find(self._config.model)
        if find_spec("xllamacpp") is None:
            raise MissingError("llama.cpp is not installed: pip install 'winnow-data[local]'")
        await asyncio.to_thread(lambda: self.identity)
        try:
            key = secrets.token_urlsafe(24)  # nobody else on this machine may use our server
            address = await self._launch(model, key)
            config = EndpointConfig(
                type="endpoint",
                base_url=f"{address}/v1",
                model=self.model,
                concurrency=self.capacity,
                max_n=self.most,
                timeout=self._config.timeout,
            )
            headers = {"Authorization": f"Bearer {key}"}
            transport = Transport(config.base_url, headers, config.timeout, config.base_url)
            self._client = Client(config, transport, dead=self._death)
            await self._client.start()
        except BaseException:
            await self.close()
            raise

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        if self._client is None:
            raise RuntimeError("the engine is not started")
        return await self._client.sample(problem, parameters, start, n)

    async def close(self) -> None:
        """Stop the server; it holds nothing worth a longer good-bye than five seconds."""
        if self._client is not None:
            await self._client.close()
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), _STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    async def _launch(self, model: Path, key: str) -> str:
        """The address of a new server, which is up."""
        self._log = self._open_log()
        command = [sys.executable, "-P", "-m", "winnow.steps.engine.llamacpp_server"]
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env={**_CALM, **os.environ},
            start_new_session=True,  # an interrupt from the terminal is for us: we still need its answers
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("asyncio gave no pipes, though it was asked for them")
        asked = {
            "model": str(model),
            "api_key": key,
            "slots": self._config.slots,
            "context": self._config.context,
            "threads": self._config.threads or _processors(),
        }
        try:
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            line = await asyncio.wait_for(self._process.stdout.readline(), _START_SECONDS)
        except TimeoutError:
            raise EngineUnreachable(
                f"the llama.cpp server did not start in {_START_SECONDS:.0f} s{self._last_words()}"
            ) from None
        if not line:
            await self._process.wait()
            raise EngineUnreachable(self._death() or "the llama.cpp server closed its output")
        return str(json.loads(line)["address"])

    def _open_log(self) -> IO[bytes]:
        if self._log_dir is None:
            return tempfile.NamedTemporaryFile(prefix="winnow-llamacpp-", suffix=".log")
        try:
            self._log_dir.mkdir(parents=True, exist_ok=True)
            return (self._log_dir / "llamacpp.log").open("ab")
        except OSError as error:
            raise MissingError(f"{self._log_dir}: the log cannot be written: {error.strerror}") from None

    def _death(self) -> str | None:
        """How the server ended, if it did."""
        code = self._process.returncode if self._process else None
        if code is None:
            return None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"the llama.cpp server {how}{self._last_words()}"

    def _last_words(self) -> str:
        """The end of the log, and where all of it is."""
        if self._log is None:
            return ""
        try:
            lines = Path(self._log.name).read_bytes()[-4000:].decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        end = " | ".join([plain(line) for line in lines if line.strip()][-_LOG_LINES:])
        where = f"; its log: {self._log.name}" if self._log_dir else ""
        return f"; the end of its log: {end or 'empty'}{where}"


def _processors() -> int:
    """How many we may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
