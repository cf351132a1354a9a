"""A row of a dataset, as a card shows it."""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from winnow.steps.build.reading import Built
from winnow.steps.publish.card.escape import visible
from winnow.steps.secrets import redacted

READ = {
    "sft": ("messages",),
    "preference": ("prompt", "chosen", "rejected"),
    "reward": ("prompt", "chosen", "rejected", "margin"),
    "kto": ("prompt", "completion", "label"),
    "grpo": ("prompt", "answer"),
    "stepwise": ("prompt", "completions", "labels"),
    "step_preference": ("prompt", "chosen", "rejected"),
    "candidates": ("prompt", "candidate", "verdict"),
}
"""The columns of each kind that are shown: those that a trainer reads."""

_LOOKED_AT = 64  # rows, of which a short one is shown
_SHOWN = 1000  # characters of a text


def example(built: Built, kind: str) -> str | None:
    """One of the first rows as JSON, with its origin: the shortest, for it is read; None where none is."""
    files = built.files(kind)
    first = next(iter(files.values()))[0] if files else None
    if first is None:
        return None
    rows = pl.scan_parquet(built.build.folder / first.path, glob=False)
    there = rows.collect_schema().names()
    names = [name for name in (*READ[kind], "source_id") if name in there]
    found = rows.select(names).head(_LOOKED_AT).collect().to_dicts()
    texts = [_laid_out(_short(redacted(row))) for row in found]
    return visible(min(texts, key=len)) if texts else None


def _laid_out(row: dict[str, Any]) -> str:
    """JSON with a line for each column, and for each message."""
    lines = []
    for name, value in row.items():
        told = _line(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            told = "[\n" + ",\n".join(f"    {_line(one)}" for one in value) + "\n  ]"
        lines.append(f"  {_line(name)}: {told}")
    return "{\n" + ",\n".join(lines) + "\n}"


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    if isinstance(value, dict):
        return {key: _short(one) for key, one in value.items()}
    return [_short(one) for one in value] if isinstance(value, list) else value
