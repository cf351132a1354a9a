"""Engines as a recipe declares them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import TypeAdapter, ValidationError

from winnow.steps.engine import AnyEngine, EndpointConfig, LlamacppConfig, ReplayConfig
from winnow.steps.engine.presets import PRESETS

ANY: TypeAdapter[object] = TypeAdapter(AnyEngine)


def test_the_type_decides():
    endpoint = {"type": "endpoint", "base_url": "http://127.0.0.1:1/v1", "model": "m"}
    assert isinstance(ANY.validate_python(endpoint), EndpointConfig)
    assert isinstance(ANY.validate_python({"type": "llamacpp"}), LlamacppConfig)
    assert isinstance(ANY.validate_python({"type": "replay", "path": "c.jsonl"}), ReplayConfig)
    with pytest.raises(ValidationError, match="'endpoint', 'llamacpp', 'vllm', 'pool', 'batch', 'replay'"):
        ANY.validate_python({"type": "llama.cpp"})


def test_reading_a_recipe_loads_no_client():
    code = (
        "import sys; import winnow.steps.engine; "
        "print([name for name in ('aiohttp', 'xllamacpp', 'asyncio') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() in ("[]", "['asyncio']")


def test_a_preset_fills_what_is_not_said():
    known = EndpointConfig(type="endpoint", preset="groq", model="m")
    assert known.base_url == "https://api.groq.com/openai/v1"
    assert (known.api_key, known.max_n) == ("${env:GROQ_API_KEY}", 1)
    own = EndpointConfig(type="endpoint", preset="openai", model="m", max_n=4, api_key="${env:MINE}")
    assert (own.max_n, own.api_key) == (4, "${env:MINE}")
    assert EndpointConfig(type="endpoint", preset="ollama", model="m").api_key is None
    for name in PRESETS:
        EndpointConfig(type="endpoint", preset=name, model="m")
    with pytest.raises(ValidationError, match="'openai', 'groq'"):
        ANY.validate_python({"type": "endpoint", "preset": "nobody", "base_url": "http://x/v1", "model": "m"})
    with pytest.raises(ValidationError, match="base_url"):
        ANY.validate_python({"type": "endpoint", "model": "m"})
