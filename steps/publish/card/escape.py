"""What others wrote, as Markdown that says it and does nothing: no markup, no HTML, no link, no mark of ours.

The rules: CommonMark 0.31 (code spans 6.1, fenced blocks 4.5, backslash escapes 2.4) and GFM's tables and
autolinks.
"""

from __future__ import annotations

import re
import unicodedata

_MARKS = re.compile(r"([\\`*_\[\]|~$^])")
_BEGINS = re.compile(r"^(\d+(?=[.)])|(?=[#+=-]))")
_LINKS = re.compile(r"(?i)(https?|ftp|mailto|xmpp|www)([:.])")
_TICKS = re.compile(r"`+")


def plain(text: str) -> str:
    """One line of text, literally; also in a table's cell or a heading.

    >>> print(plain("# <b>*bold*</b> | [a](http://b)"))
    \\# &lt;b&gt;\\*bold\\*&lt;/b&gt; \\| \\[a\\](http&#58;//b)
    """
    line = _MARKS.sub(r"\\\1", " ".join(visible(text).split()).replace("&", "&amp;"))
    line = line.replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    line = _LINKS.sub(lambda found: f"{found[1]}&#{ord(found[2])};", line)
    return _BEGINS.sub(r"\1\\", line)


def paragraphs(text: str) -> str:
    """Text of several paragraphs, each literally."""
    return "\n\n".join(line for part in re.split(r"\n\s*\n", text) if (line := plain(part)))


def code(text: str) -> str:
    """A short value in a code span; also in a table's cell.

    >>> print(code("a `b` | c"))
    ``a `b` \\| c``
    """
    line = _unmarked(" ".join(visible(text).split())).replace("|", "\\|") or " "
    ticks = "`" * (1 + max((len(run) for run in _TICKS.findall(line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(text: str, language: str = "") -> str:
    """Lines as they are, in a block that nothing in them ends."""
    shown = _unmarked(visible(text)).strip("\n")
    ticks = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    return f"{ticks}{language}\n{shown}\n{ticks}"


def _unmarked(text: str) -> str:
    """Without the marks between which a card is ours: who looks for them reads no Markdown."""
    return text.replace("<!--", "<! --")


def visible(text: str) -> str:
    """Text without characters that steer: controls, direction marks, what is no character.

    >>> visible("a\\x1b[2Jb\\u202ec")
    'a�[2Jb�c'
    """
    kept = ("\n", "\t")
    return "".join(
        char if char in kept or unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co") else "\ufffd"
        for char in text
    )
