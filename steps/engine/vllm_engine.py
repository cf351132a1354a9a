"""A `vllm serve` of ours as an engine: what it is asked to be, and what tells its model from another."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from winnow.steps.engine.managed import Managed
from winnow.steps.engine.vllm import VllmConfig
from winnow.steps.engine.vllm_server import VllmServer
from winnow.steps.records import canonical

_SMALL = 1024 * 1024  # bytes; of larger files the name and the size tell enough


class Vllm(Managed):
    """A managed engine."""

    def __init__(self, config: VllmConfig, log_dir: Path | None) -> None:
        self._vllm = VllmServer(config, log_dir)
        super().__init__(self._vllm, config, config.timeout)
        self.model = config.model
        self.capacity, self.most = config.concurrency, config.max_n
        self._config = config

    @property
    def identity(self) -> str:
        """The model with its revision and precision; of a folder, its files. Neither where nor how fast."""
        config = self._config
        folder = Path(config.model).expanduser()
        told = {"model": folder.name, "files": _files(folder)} if folder.is_dir() else self._of_hub()
        precision = {"dtype": config.dtype, "quantization": config.quantization}
        return canonical({**told, **precision, **config.spoken})

    async def _launch(self, key: str) -> str:
        config = self._config
        caching = "--enable-prefix-caching" if config.prefix_caching else "--no-enable-prefix-caching"
        guessing = [f"--speculative-config={json.dumps(config.speculative)}"] if config.speculative else []
        return await self._vllm.serve(key, [*guessing, caching])

    def _of_hub(self) -> dict[str, str]:
        """The model and its commit, if it lies in the Hub's cache, else the revision that was asked for."""
        from huggingface_hub import try_to_load_from_cache

        asked = self._config.revision or "main"
        found = try_to_load_from_cache(self.model, "config.json", revision=asked)
        commit = Path(found).parent.name if isinstance(found, str) else asked
        return {"model": self.model, "revision": commit}


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
