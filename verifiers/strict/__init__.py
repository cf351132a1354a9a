"""Strict tests of form: each decides by a rule that can be written down in a sentence."""

from winnow.verifiers.strict import (
    characters,
    ifeval,
    json_object,
    json_schema,
    letter_case,
    lines,
    list_items,
    regex,
    sentences,
    starts_ends,
    words,
)

__all__ = [
    "characters",
    "ifeval",
    "json_object",
    "json_schema",
    "letter_case",
    "lines",
    "list_items",
    "regex",
    "sentences",
    "starts_ends",
    "words",
]
