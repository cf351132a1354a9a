"""Endpoints by name: where they are, which variable has their key, and what they are known not to do.

Whatever a recipe says itself comes first. Sources: each one's own page on OpenAI compatibility.
"""

from __future__ import annotations

from typing import Any, Literal

Preset = Literal["openai", "groq", "cerebras", "together", "ollama", "sglang", "llama.cpp"]

PRESETS: dict[str, dict[str, Any]] = {
    "openai": {
        "base_url": "https://api.openai.com/v1",
        "api_key": "${env:OPENAI_API_KEY}",
        "max_n": 128,
    },
    "groq": {
        "base_url": "https://api.groq.com/openai/v1",
        "api_key": "${env:GROQ_API_KEY}",
        "max_n": 1,  # refuses more
    },
    "cerebras": {
        "base_url": "https://api.cerebras.ai/v1",
        "api_key": "${env:CEREBRAS_API_KEY}",
        "max_n": 1,
    },
    "together": {
        "base_url": "https://api.together.xyz/v1",
        "api_key": "${env:TOGETHER_API_KEY}",
    },
    "ollama": {
        "base_url": "http://127.0.0.1:11434/v1",
        "max_n": 1,  # takes more, and gives one
        "concurrency": 16,
    },
    "sglang": {"base_url": "http://127.0.0.1:30000/v1", "concurrency": 256},
    "llama.cpp": {"base_url": "http://127.0.0.1:8080/v1", "concurrency": 32},
}

# Providers with OpenAI's batch API, form and limits. Sources: developers.openai.com/api/reference (batch),
# console.groq.com/docs/batch, inference-docs.cerebras.ai/capabilities/batch.
BATCH_PRESETS: dict[str, dict[str, Any]] = {
    "openai": {**PRESETS["openai"], "limit": "max_completion_tokens"},
    "groq": PRESETS["groq"],
    "cerebras": {**PRESETS["cerebras"], "limit": "max_completion_tokens"},
}
