"""What a Coq file says, as far as it must not say it: commands that reach beyond the file."""

from __future__ import annotations

import re

_REFUSED = (
    (re.compile(r"\bDeclare\s+ML\s+Module\b"), "it loads a plugin (Declare ML Module)"),
    (re.compile(r"\bRedirect\b"), "it writes a file (Redirect)"),
    (re.compile(r"\b(?:Recursive\s+|Separate\s+)?Extraction\b"), "it writes a file (Extraction)"),
    (re.compile(r"\bLoad\s"), "it loads a file (Load)"),
    (re.compile(r"\bCd\b"), "it changes the folder (Cd)"),
    (
        re.compile(r"\bAdd\s+(?:Rec\s+)?(?:ML\s+)?(?:LoadPath|Path)\b"),
        "it changes where files are looked for",
    ),
    (re.compile(r"\bUnset\s+Guard\s+Checking\b"), "it switches a check of the kernel off (Guard Checking)"),
    (re.compile(r"\bUnset\s+Positivity\s+Checking\b"), "it switches a check off (Positivity Checking)"),
    (re.compile(r"\bUnset\s+Universe\s+Checking\b"), "it switches a check off (Universe Checking)"),
    (re.compile(r"\bbypass_check\b"), "it switches a check of the kernel off (bypass_check)"),
    (re.compile(r"\b(?:Drop|Fail\s+Drop|Quit|BackTo|Reset|Restart)\s*\."), "it steers the toplevel"),
)


def forbidden(code: str) -> str:
    """Why a file is refused as it stands; empty where it is not. Comments and strings say nothing.

    This gives the reason; what does not depend on wording (the sandbox, `Print Assumptions`) is the wall.

    >>> forbidden("Unset (* x *) Guard Checking.")
    'it switches a check of the kernel off (Guard Checking)'
    >>> forbidden('(* Redirect "x" *) Check "Cd".')
    ''
    """
    bare = _without_comments(code)
    if bare is None:
        return "a comment or a string never ends"
    return next((why for pattern, why in _REFUSED if pattern.search(bare)), "")


def _without_comments(code: str) -> str | None:
    """The code with a blank for each comment (they nest, and hold strings) and each string."""
    kept: list[str] = []
    depth, at = 0, 0
    for mark in re.finditer(r'\(\*|\*\)|"(?:[^"]|"")*("?)', code):
        if mark.start() < at:
            continue
        if depth == 0:
            kept.append(code[at : mark.start()])
        if mark[0].startswith('"'):
            if not mark[1] and not mark[0].endswith('"'):
                return None
            kept.append(" " if depth == 0 else "")
        elif mark[0] == "(*":
            depth += 1
        elif depth:
            depth -= 1
            kept.append(" ")
        at = mark.end()
    if depth:
        return None
    kept.append(code[at:])
    return "".join(kept)
