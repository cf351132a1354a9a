"""Where a completion states its final answer in words: "the answer is ...", "Answer: ..."."""

from __future__ import annotations

import re

_LONGEST = 400  # characters of an answer that is stated
_NEAREST = 64  # statements that are looked at, from the end
_STATED = re.compile(
    r"""
    \b(?:answer|ANSWER|Answer)s?\b
    (?:\ (?:choice|option|letter))?
    (?:\ to\ (?:the|this)\ question|\ here|\ \([^()\n]{0,40}\))?
    [*_]{0,3}\s{0,2}
    (?: (?:is|are|would\ be|will\ be|must\ be|should\ be)\b(?:\ (?:therefore|thus|simply|indeed))?\s{0,2}:?
      | : | = )
    [*_]{0,3}\s{0,3}
    """,
    re.VERBOSE,
)

_DISOWNED = re.compile(
    r"""(?: \b(?:wrong|incorrect|false|worst) | \bleast\s+\w+
        | (?: n['’]t | \bnot | \bnever ) \s+ (?:think|believe|say|mean|claim) (?:\s+that)? (?:\s+\w+){0,2}
        | \b(?:false|untrue|wrong|doubt) \s+ that (?:\s+\w+){0,2} | \bdoubt\s+the
        ) \s+ \Z""",
    re.VERBOSE | re.IGNORECASE,
)
_NEAR = 48  # characters before a statement in which it is disowned


def statements(text: str) -> list[tuple[int, str]]:
    """What follows each statement of an answer, to the end of its line, with where it begins.

    >>> statements("Is the answer 3? No.\\nThe answer is 4.\\nAnswer: five")
    [(35, '4.'), (46, 'five')]
    """
    stated = list(_STATED.finditer(text))[-_NEAREST:]
    found = [
        match.end()
        for match in stated
        if not _DISOWNED.search(text, max(0, match.start() - _NEAR), match.start())
    ]
    return [(at, text[at : at + _LONGEST].partition("\n")[0].strip()) for at in found]


def last_statement(text: str) -> str | None:
    """The last answer that is stated; None where none is.

    >>> last_statement("The answer is **Paris**.")
    'Paris**.'
    """
    said = [told for _, told in statements(text) if told]
    return said[-1] if said else None
