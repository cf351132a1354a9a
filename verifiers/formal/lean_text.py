"""What a Lean file says, as far as it must not say it, and what Lean says of its axioms."""

from __future__ import annotations

import re
from collections.abc import Collection

from winnow.verifiers.verdict import cut

_REFUSED = (
    (re.compile(r"\b(?:sorry|admit|sorryAx)\b"), "it is not proven to the end (sorry)"),
    (re.compile(r"(?m)^\s*(?:private\s+|protected\s+|noncomputable\s+)*axiom\b"), "it adds an axiom"),
    (
        re.compile(r"#eval|\brun_cmd\b|\brun_tac\b|\bby_elab\b|\binitialize\b"),
        "it runs code while it is compiled",
    ),
    (
        re.compile(r"\b(?:elab|macro|macro_rules|syntax|notation|infix[lr]?|prefix|postfix)\b"),
        "it adds syntax",
    ),
    (
        re.compile(r"\b(?:implemented_by|extern|unsafe|native_decide|ofReduceBool)\b"),
        "it trusts the compiler",
    ),
    (re.compile(r"\bset_option\s+debug\b"), "it switches a check of the kernel off (debug)"),
    (re.compile(r"(?m)^\s*import\b"), "it imports; the preamble does"),
)
_RESTS = re.compile(r"'(?P<name>[^']+)' depends on axioms: \[(?P<axioms>[^\]]*)\]")
_FREE = "'{}' does not depend on any axioms"


def forbidden(code: str) -> str:
    """Why a file is refused as it stands; empty where it is not. Comments say nothing.

    >>> forbidden("theorem goal : 1 = 1 := by sorry")
    'it is not proven to the end (sorry)'
    >>> forbidden("-- sorry\\ntheorem goal : 1 = 1 := rfl")
    ''
    """
    bare = re.sub(r"--[^\n]*", "", _without_blocks(code))
    return next((why for pattern, why in _REFUSED if pattern.search(bare)), "")


def axioms_of(told: str, name: str, allowed: Collection[str]) -> str:
    """What `#print axioms` finds that is not allowed; empty where it is nothing.

    >>> axioms_of("'goal' depends on axioms: [propext, sorryAx]", "goal", {"propext"})
    'it rests on what is not proven: sorryAx'
    >>> axioms_of("'goal' does not depend on any axioms", "goal", ())
    ''
    """
    told = " ".join(told.split())
    if told == _FREE.format(name):
        return ""
    found = _RESTS.fullmatch(told)
    if found is None or found["name"] != name:
        return f"lean says: {cut(told, 120)}"
    foreign = [one.strip() for one in found["axioms"].split(",") if one.strip() not in allowed]
    return f"it rests on what is not proven: {cut(', '.join(foreign), 120)}" if foreign else ""


def _without_blocks(code: str) -> str:
    """The code without `/- -/`, which nest."""
    kept, depth, at = [], 0, 0
    for mark in re.finditer(r"/-|-/", code):
        if depth == 0:
            kept.append(code[at : mark.start()])
        depth = max(0, depth + (1 if mark[0] == "/-" else -1))
        at = mark.end()
    return "".join(kept) + (code[at:] if depth == 0 else "")
