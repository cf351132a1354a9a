"""IFEval: instructions that a program can check, one file for each of the paper's families."""

from winnow.verifiers.strict.ifeval import (
    change_case,
    combination,
    detectable_content,
    detectable_format,
    judge,
    keywords,
    language,
    length_constraints,
    punctuation,
    startend,
)

__all__ = [
    "change_case",
    "combination",
    "detectable_content",
    "detectable_format",
    "judge",
    "keywords",
    "language",
    "length_constraints",
    "punctuation",
    "startend",
]
