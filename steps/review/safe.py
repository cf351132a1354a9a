"""What a model wrote as Markdown that can do nothing but be read."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"(?i)\b(javascript|data|vbscript|file)(\s*:)")


def safe_markdown(text: str) -> str:
    """`text` without HTML, pictures and links that do something: they are shown as they were written.

    >>> safe_markdown("x < y, <img src=x onerror=alert(1)> ![a](http://b/c)")
    'x &lt; y, &lt;img src=x onerror=alert(1)> !\\\\[a](http://b/c)'
    """
    return _SCHEME.sub(r"\1\\\2", text.replace("<", "&lt;").replace("![", "!\\["))
