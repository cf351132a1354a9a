"""One spelling for every answer that a verifier took out of a completion, so that votes can be counted."""

from __future__ import annotations

from functools import lru_cache

from winnow.verifiers.golden.math.canonical import canonical_answer
from winnow.verifiers.verdict import LONGEST


def answer_of(extracted: str | None, digest: str) -> str | None:
    """The answer in its canonical spelling; None where there is none.

    What was cut to fit into a verdict is known by the whole text, of which `digest` is.

    >>> answer_of("0.50", ""), answer_of(" ", ""), answer_of(None, "")
    ('1/2', None, None)
    """
    if extracted is None or not extracted.strip():
        return None
    return _spelled(extracted) if len(extracted) < LONGEST else f"{extracted} {digest}"


_spelled = lru_cache(maxsize=65_536)(canonical_answer)
