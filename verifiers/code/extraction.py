"""The code in a completion: what is fenced as such, else all that it says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from winnow.verifiers.golden.thinking import without_thoughts

_FENCE = re.compile(r"^[ \t]{0,8}(?P<mark>`{3,}|~{3,})[ \t]*(?P<tag>[\w+#.-]*)[^\n`]*$", re.MULTILINE)
_DEFINES = r"^[ \t]*(?:async[ \t]+def|def|class)[ \t]+{name}\b|^[ \t]*{name}[ \t]*="


def code_of(completion: str, tags: Sequence[str], name: str | None = None) -> str:
    """The last block fenced as one of `tags`; else the last without a tag; else the whole text.

    Where several are, and one of them defines `name` (as Python does), it is the last of these: answers end
    in examples of use. A block that is never closed goes to the end, since a stop sequence may have taken
    the fence. A thought is no part of it.

    >>> code_of("Sure:\\n```python\\nx = 1\\n```\\nThat is x.", ["python"])
    'x = 1\\n'
    >>> code_of("```python\\ndef f(): ...\\n```\\n```python\\nprint(f())\\n```", ["python"], "f")
    'def f(): ...\\n'
    >>> code_of("    return 1", ["python"])
    '    return 1'
    """
    text = without_thoughts(completion).replace("\r\n", "\n")
    blocks = list(_blocks(text))
    mine = [code for tag, code in blocks if tag in tags] or [code for tag, code in blocks if not tag]
    if not mine:
        # Fenced as another language only: it is not what was asked for, and the whole is no program either.
        return "" if blocks else text
    if name is not None:
        defines = re.compile(_DEFINES.format(name=re.escape(name)), re.MULTILINE)
        mine = [code for code in mine if defines.search(code)] or mine
    return mine[-1]


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Every fenced block: its language in lower case, and what is in it."""
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opening is None:
            opening = fence
        elif _closes(fence, opening):
            yield opening["tag"].lower(), _set_out(text[opening.end() + 1 : fence.start()], opening)
            opening = None
    if opening is not None:
        yield opening["tag"].lower(), _set_out(text[opening.end() + 1 :], opening)


def _set_out(code: str, opening: re.Match[str]) -> str:
    """`code` without the white space by which its fence is set in, as in an item of a list."""
    depth = len(opening[0]) - len(opening[0].lstrip())
    return re.sub(rf"^[ \t]{{1,{depth}}}", "", code, flags=re.MULTILINE) if depth else code


def _closes(fence: re.Match[str], opening: re.Match[str]) -> bool:
    return not fence["tag"] and fence["mark"].startswith(opening["mark"])
