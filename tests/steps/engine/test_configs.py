"""Engines as a recipe declares them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from winnow.steps.engine import AnyEngine, EndpointConfig, LlamacppConfig, ReplayConfig

ANY: TypeAdapter[object] = TypeAdapter(AnyEngine)


def test_the_type_decides():
    endpoint = {"type": "endpoint", "base_url": "http://127.0.0.1:1/v1", "model": "m"}
    assert isinstance(ANY.validate_python(endpoint), EndpointConfig)
    assert isinstance(ANY.validate_python({"type": "llamacpp"}), LlamacppConfig)
    assert isinstance(ANY.validate_python({"type": "replay", "path": "c.jsonl"}), ReplayConfig)
    with pytest.raises(ValidationError, match="'endpoint', 'llamacpp', 'vllm', 'pool', 'replay'"):
        ANY.validate_python({"type": "llama.cpp"})


def test_reading_a_recipe_loads_no_client():
    code = (
        "import sys; import winnow.steps.engine; "
        "print([name for name in ('aiohttp', 'xllamacpp', 'asyncio') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() in ("[]", "['asyncio']")
