"""What is read once and used for every bucket: the evaluation sets and their index."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import polars as pl
from pydantic import TypeAdapter

from winnow.steps.clean.config import EvaluationConfig
from winnow.steps.clean.evaluation import evaluation_texts
from winnow.steps.clean.overlap import Overlap

_SETS = TypeAdapter(list[EvaluationConfig])


def overlap_with(sets: Sequence[EvaluationConfig]) -> Overlap:
    """An index of these evaluation sets; they are read when it is first asked for in this process."""
    return _index(_SETS.dump_json(list(sets)))


def sets_told(sets: Sequence[EvaluationConfig]) -> list[dict[str, object]]:
    """What a manifest says of these evaluation sets: what each is called, its texts, and a hash of them."""
    told: dict[str, Any] = {one.told: hashlib.sha256() for one in sets}
    counts = dict.fromkeys(told, 0)
    for name, text in _texts(_SETS.dump_json(list(sets))).select("set", "text").iter_rows():
        told[name].update(text.encode() + b"\0")
        counts[name] += 1
    return [{"set": name, "texts": counts[name], "sha256": told[name].hexdigest()} for name in told]


@lru_cache(maxsize=1)
def _index(sets: bytes) -> Overlap:
    return Overlap(_texts(sets))


@lru_cache(maxsize=1)
def _texts(sets: bytes) -> pl.DataFrame:
    return evaluation_texts(_SETS.validate_json(sets))
