"""`batch` as a recipe declares it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from winnow.steps.engine import BatchConfig


def test_a_preset_tells_what_the_provider_takes() -> None:
    openai = BatchConfig(type="batch", preset="openai", model="m")
    assert openai.base_url == "https://api.openai.com/v1"
    assert openai.limit == "max_completion_tokens"
    assert (openai.max_n, openai.max_requests, openai.max_bytes) == (128, 50_000, 200_000_000)
    groq = BatchConfig(type="batch", preset="groq", model="m", window="7d")
    assert (groq.max_n, groq.limit, groq.window) == (1, "max_tokens", "7d")


def test_what_no_provider_of_batches_is() -> None:
    with pytest.raises(ValidationError, match="preset"):
        BatchConfig.model_validate(
            {"type": "batch", "preset": "ollama", "model": "m", "base_url": "http://x/v1"}
        )
    with pytest.raises(ValidationError, match="base_url"):
        BatchConfig.model_validate({"type": "batch", "model": "m"})
    with pytest.raises(ValidationError, match="holds no keys"):
        BatchConfig.model_validate({"type": "batch", "preset": "groq", "model": "m", "api_key": "sk-1"})
