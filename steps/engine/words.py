"""What a server said, made fit to stand in a message of ours: it is untrusted, and may hold a secret."""

from __future__ import annotations

import json

from winnow.steps import secrets
from winnow.steps.records import clean_text

_MOST = 300


def plain(text: str, most: int = _MOST) -> str:
    """One line of at most `most` characters, without what cannot be printed and without secrets.

    >>> plain("oh\\x1b[31m dear\\n")
    'oh [31m dear'
    """
    hidden = secrets.redact(clean_text(text[: 100 * most]))
    told = " ".join("".join(sign if sign.isprintable() else " " for sign in hidden).split())
    return told if len(told) <= most else told[: most - 3] + "..."


def complaint(body: bytes) -> str:
    """The message inside an error's body, whichever of the common shapes it has, else its beginning.

    >>> complaint(b'{"error": {"message": "too long", "code": 400}}')
    'too long'
    >>> complaint(b'{"detail": [{"loc": ["body", "seed"], "msg": "not permitted"}]}')
    '[{"loc": ["body", "seed"], "msg": "not permitted"}]'
    >>> complaint(b"")
    'without a word'
    """
    text = body[:100_000].decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return plain(text) or "without a word"
    for key in ("error", "message", "detail"):
        if isinstance(value, dict) and value.get(key):
            value = value[key]
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return plain(said) or "without a word"
