"""Examples in docstrings as blocks of code: Markdown takes `>>>` for quotations, and `[1]` for a link.

An extension of griffe, which reads the docstrings for the reference.
"""

from __future__ import annotations

from typing import Any

import griffe


class Examples(griffe.Extension):
    """Puts a fence around each run of lines that begins with `>>>` and ends at an empty line."""

    def on_object(self, *, obj: Any, **rest: Any) -> None:
        if not obj.is_alias and obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    """A docstring with its examples in fences.

    >>> fenced("Adds.\\n\\n>>> 1 + 1\\n2\\n").splitlines()[2:5]
    ['```pycon', '>>> 1 + 1', '2']
    """
    lines: list[str] = []
    inside = False
    for line in [*text.splitlines(), ""]:
        starts = line.lstrip().startswith(">>>")
        if starts and not inside:
            indent = line[: len(line) - len(line.lstrip())]
            lines += [*([""] if lines and lines[-1].strip() else []), f"{indent}```pycon"]
            inside = True
        if inside and not line.strip():
            lines.append(f"{indent}```")
            inside = False
        lines.append(line)
    return "\n".join(lines).rstrip()
