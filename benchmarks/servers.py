"""Servers that a benchmark asks, with `address`, `key` and `model`, and how much they take `at_once`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from llama import Llama

from winnow.steps.engine.vllm import VllmConfig

SUPPORT = Path(__file__).parents[1] / "tests/support"
SCRIPTED = SUPPORT / "openai_server.py"
SLOTS = 16


@dataclass
class Server:
    """`count` tells the tokens of texts: by the server's own tokenizer, or words where it has none."""

    address: str
    key: str
    model: str
    at_once: int
    tokenizer: str = ""  # the key of a text in a request to /tokenize

    async def count(self, texts: list[str]) -> int:
        if not self.tokenizer:
            return sum(len(text.split()) for text in texts)
        headers, total = {"Authorization": f"Bearer {self.key}"}, 0
        async with aiohttp.ClientSession(headers=headers) as session:
            for text in texts:
                body = {self.tokenizer: text, "model": self.model, "add_special_tokens": False}
                async with session.post(f"{self.address}/tokenize", json=body) as reply:
                    total += len((await reply.json())["tokens"])
        return total


@contextmanager
def llama(folder: Path) -> Iterator[Server]:
    with Llama(folder / "llama.log", SLOTS) as server:
        yield Server(server.address, server.key, "smollm2", 2 * SLOTS, "content")


@contextmanager
def vllm(folder: Path, executable: str, model: str) -> Iterator[Server]:
    sys.path.append(str(SUPPORT))
    from vllm_on_cpu import ARGUMENTS, ENVIRONMENT

    config = VllmConfig(
        type="vllm",
        model=model,
        dtype="bfloat16",
        context=512,
        executable=executable,
        arguments=ARGUMENTS,
        env=ENVIRONMENT,
    )
    engine = config.engine(folder)
    key = "benchmark"
    with asyncio.Runner() as runner:
        try:
            address = runner.run(engine._launch(key))
            yield Server(address, key, model, 64, "prompt")
        finally:
            runner.run(engine.close())


@contextmanager
def scripted(latency: float = 1.0, spread: float = 0.7, at_once: int = 256) -> Iterator[Server]:
    """Answers after log-normal times, in a process of its own."""
    options = [f"--latency={latency}", f"--spread={spread}"]
    with subprocess.Popen([sys.executable, SCRIPTED, *options], stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise RuntimeError("subprocess gave no pipe, though it was asked for one")
        try:
            url = process.stdout.readline().strip()
            yield Server(url.removesuffix("/v1"), "none", "m", at_once)
        finally:
            process.kill()
