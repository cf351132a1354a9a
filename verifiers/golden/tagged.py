"""The answer that a template asks for between tags: `<answer>...</answer>`."""

from __future__ import annotations

_OPENING, _CLOSING = "<answer>", "</answer>"


def in_tags(text: str) -> str:
    """What stands between the last tags of an answer; all of `text` where there are none.

    >>> in_tags("So: <answer> C </answer>."), in_tags("C")
    ('C', 'C')
    """
    end = text.rfind(_CLOSING)
    begin = text.rfind(_OPENING, 0, end) if end >= 0 else -1
    return text[begin + len(_OPENING) : end].strip() if begin >= 0 else text
