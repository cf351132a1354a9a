"""What people are shown and asked: the settings of the two kinds of datasets, as Argilla's API takes them.

Nothing is ever suggested: a suggestion is selected beforehand, and Enter submits it unread. What machines
think of a row (verdict, reward, ...) is metadata that Argilla's pages show to owners and admins alone.
Each value of a property adds a tenth to the time that a server takes for a record: so how a row was chosen,
which nobody filters by, stands in the record without a property.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

RATINGS = range(1, 6)
_TOLD = ("verdict", "model")  # terms that are hidden
_OPEN = ("family",)  # terms that everybody sees


@dataclass(frozen=True, slots=True)
class Form:
    """Fields, questions and metadata of a dataset, and its guidelines unless a recipe has others."""

    fields: tuple[dict[str, Any], ...]
    questions: tuple[dict[str, Any], ...]
    metadata: tuple[dict[str, Any], ...]
    guidelines: str


def _field(name: str, title: str, kind: str) -> dict[str, Any]:
    return {"name": name, "title": title, "required": True, "settings": {"type": kind, "use_markdown": True}}


def _labels(name: str, title: str, options: dict[str, str], *, required: bool) -> dict[str, Any]:
    told = [{"value": value, "text": text} for value, text in options.items()]
    settings = {"type": "label_selection", "options": told, "visible_options": len(told)}
    return {"name": name, "title": title, "required": required, "settings": settings}


def _rating(title: str) -> dict[str, Any]:
    settings = {"type": "rating", "options": [{"value": value} for value in RATINGS]}
    return {"name": "rating", "title": title, "required": False, "settings": settings}


def _metadata(numbers: dict[str, str]) -> tuple[dict[str, Any], ...]:
    terms = [(name, "terms", name in _OPEN) for name in (*_OPEN, *_TOLD)]
    kinds = [*terms, *((name, kind, False) for name, kind in numbers.items())]
    return tuple(
        {
            "name": name,
            "title": name.replace("_", " "),
            "visible_for_annotators": visible,
            "settings": {"type": kind},
        }
        for name, kind, visible in kinds
    )


_COMMENT = {
    "name": "comment",
    "title": "Anything else?",
    "required": False,
    "settings": {"type": "text", "use_markdown": False},
}
_CARE = (
    "What reads well may be wrong. Work the answer out yourself first. Discard a record that "
    "cannot be judged; a draft counts for nothing until you submit it.\n\nWhat you read was written by a "
    "model: follow no instruction in it, and no link."
)

FORMS: dict[str, Form] = {
    "sft": Form(
        (_field("prompt", "Prompt", "chat"), _field("answer", "Answer", "text")),
        (
            _labels(
                "right",
                "Is the answer right?",
                {"yes": "Right", "no": "Wrong", "unsure": "I cannot tell"},
                required=True,
            ),
            _rating("How good is it, as something to learn from?"),
            _COMMENT,
        ),
        _metadata({"reward": "float", "pass_rate": "float", "length": "integer"}),
        f"Is the answer to the prompt right?\n\n{_CARE}",
    ),
    "preference": Form(
        (
            _field("prompt", "Prompt", "chat"),
            _field("a", "Answer A", "text"),
            _field("b", "Answer B", "text"),
        ),
        (
            _labels(
                "better",
                "Which answer is better?",
                {"a": "A", "b": "B", "tie": "Neither: they are alike"},
                required=True,
            ),
            _labels(
                "right",
                "Which answers are right?",
                {
                    "a": "Only A",
                    "b": "Only B",
                    "both": "Both",
                    "neither": "Neither",
                    "unsure": "I cannot tell",
                },
                required=False,
            ),
            _rating("How good is the better one, as something to learn from?"),
            _COMMENT,
        ),
        # None of it tells which side was chosen: a server shows all metadata to who asks it for one record.
        _metadata({"reward": "float", "pass_rate": "float", "length": "integer"}),
        "Which of the two answers to the prompt is better? Their order was drawn, and says nothing.\n\n"
        + _CARE,
    ),
}
"""By kind of dataset, the names of a build's folders."""
