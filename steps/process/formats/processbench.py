"""ProcessBench's format: steps, and which of them is the first bad one (Zheng et al. 2024, arXiv 2412.06559;
`Qwen/ProcessBench` on the Hub)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from winnow.steps.process.formats.chain import Chain, Format, Unfit, told


def read(row: Mapping[str, Any]) -> list[Chain]:
    """The chain of a row up to its first bad step (`label`, from 0; -1 where all are good): what follows has
    no label.

    >>> row = {"problem": "1 + 1?", "steps": ["1 + 1 = 3", "It is 3."], "label": 0}
    >>> read(row)[0].steps, read(row)[0].good
    (('1 + 1 = 3',), (False,))
    """
    steps, label = told(row, "steps", list), told(row, "label", int)
    if not steps or not all(type(step) is str for step in steps):
        raise Unfit("`steps`: expected a list of texts")
    if not -1 <= label < len(steps):
        raise Unfit(f"`label` is {label}, expected the place of one of {len(steps)} steps, or -1")
    end = len(steps) if label < 0 else label + 1
    good = tuple(at != label for at in range(end))
    passed = row.get("final_answer_correct")
    name, model = row.get("id"), row.get("generator")
    return [
        Chain(
            told(row, "problem", str),
            tuple(steps[:end]),
            good,
            id=name if isinstance(name, str) else "",
            passed=passed if isinstance(passed, bool) else None,
            model=model if isinstance(model, str) else "",
        )
    ]


def write(chain: Chain) -> dict[str, Any]:
    """The row of a chain, with all of its steps."""
    error = chain.first_error
    if not chain.steps:
        raise Unfit("it has no step")
    return {
        "id": chain.id,
        "generator": chain.model,
        "problem": chain.prompt,
        "steps": list(chain.steps),
        "final_answer_correct": chain.passed,
        "label": -1 if error is None else error,
    }


PROCESSBENCH = Format("processbench", read, write)
