"""What is read once and used for every bucket: the index of evaluation sets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pydantic import TypeAdapter

from winnow.steps.clean.config import EvaluationConfig
from winnow.steps.clean.evaluation import evaluation_texts
from winnow.steps.clean.overlap import Overlap

_SETS = TypeAdapter(list[EvaluationConfig])


def overlap_with(sets: Sequence[EvaluationConfig]) -> Overlap:
    """An index of these evaluation sets; they are read when it is first asked for in this process."""
    return _index(_SETS.dump_json(list(sets)))


@lru_cache(maxsize=1)
def _index(sets: bytes) -> Overlap:
    return Overlap(evaluation_texts(_SETS.validate_json(sets)))
