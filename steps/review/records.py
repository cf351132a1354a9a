"""Rows of a build as records of Argilla."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from winnow.steps.review.forms import FORMS
from winnow.steps.review.safe import safe_markdown
from winnow.steps.review.subjects import subject_of


def record_of(kind: str, row: Mapping[str, Any], chosen_by: str) -> dict[str, Any]:
    """A row of `sft` or `preference` as a record, which its external id makes the same one each time.

    Of a pair `reward` is that of the chosen side, and `length` that of the longer one. The two sides stand
    as A and B in the order of their subject; nothing tells which was chosen.
    """
    known = dict(row)
    if kind == "sft":
        *asked, answer = row["messages"]
        fields = {"prompt": _chat(asked), "answer": safe_markdown(answer["content"])}
    else:
        texts = dict(zip(row["id"].split("-"), (row["chosen"], row["rejected"]), strict=True))
        subject = subject_of(row["subject"])
        sides = (texts[subject.first], texts[str(subject.second)])
        a, b = (safe_markdown(side[-1]["content"]) for side in sides)
        fields = {"prompt": _chat(row["prompt"]), "a": a, "b": b}
        known |= {
            "verdict": row["verdict_chosen"],
            "reward": row["reward_chosen"],
            "length": max(row["length_chosen"], row["length_rejected"]),
        }
    told = {one["name"]: known.get(one["name"]) for one in FORMS[kind].metadata} | {"chosen_by": chosen_by}
    return {
        "external_id": row["subject"],
        "fields": fields,
        "metadata": {name: value for name, value in told.items() if _says(value)},
    }


def _chat(messages: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{"role": said["role"], "content": safe_markdown(said["content"])} for said in messages]


def _says(value: Any) -> bool:
    """Whether there is something to filter by."""
    return value is not None and value != "" and not (isinstance(value, float) and not math.isfinite(value))
