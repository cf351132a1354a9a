"""One llama.cpp server for a benchmark, the same as `llamacpp` starts."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from winnow.steps.engine import gguf


class Llama:
    """A context manager; `address` and `key` are for whoever asks."""

    def __init__(self, log: Path, slots: int, context: int = 512) -> None:
        self.key = secrets.token_urlsafe(24)
        self._log = log.open("wb")
        self._told = {
            "model": str(gguf.find("smollm2-135m-instruct")),
            "api_key": self.key,
            "slots": slots,
            "context": context,
            "threads": len(os.sched_getaffinity(0)),
        }
        self.address = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "winnow.steps.engine.llamacpp_server"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self._log}
        self._process = subprocess.Popen(command, env={**os.environ, "OMP_WAIT_POLICY": "passive"}, **pipes)
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("subprocess gave no pipes, though it was asked for them")
        stdin.write(json.dumps(self._told).encode() + b"\n")
        stdin.flush()
        self.address = json.loads(stdout.readline())["address"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        self._log.close()

    async def count(self, texts: list[str]) -> int:
        """Tokens of these texts, as the server counts them."""
        headers = {"Authorization": f"Bearer {self.key}"}
        total = 0
        async with aiohttp.ClientSession(headers=headers) as session:
            for text in texts:
                async with session.post(f"{self.address}/tokenize", json={"content": text}) as reply:
                    total += len((await reply.json())["tokens"])
        return total
