"""Small recipes with everything they need, written into a test's folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml


def write_jsonl(path: Path, rows: Iterable[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def sums(count: int) -> list[dict[str, str]]:
    """Problems whose answer is a number."""
    return [{"id": str(at), "q": f"What is {at} + {at}?", "a": str(at + at)} for at in range(count)]


def replayed(count: int, n: int) -> list[dict[str, Any]]:
    """Candidates for `sums`: by turns right and wrong, all different."""
    return [
        {"id": str(at), "completions": [f"try {one}: it is {at + at + one % 2}" for one in range(n)]}
        for at in range(count)
    ]


def write_recipe(folder: Path, **keys: Any) -> Path:
    """A recipe over `problems.jsonl` and `candidates.jsonl` in `folder`; keys replace its parts."""
    recipe: dict[str, Any] = {
        "name": "sums",
        "source": {
            "type": "jsonl",
            "path": str(folder / "problems.jsonl"),
            "id": "id",
            "prompt": "q",
            "reference": {"answer": "a"},
        },
        "sample": {"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, "n": 4},
        "verify": {"type": "number"},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump({**recipe, **keys}, sort_keys=False), encoding="utf-8")
    return path


def write_sums(folder: Path, count: int = 8, n: int = 8, **keys: Any) -> Path:
    """Problems, candidates and a recipe for them."""
    write_jsonl(folder / "problems.jsonl", sums(count))
    write_jsonl(folder / "candidates.jsonl", replayed(count, n))
    return write_recipe(folder, **keys)
