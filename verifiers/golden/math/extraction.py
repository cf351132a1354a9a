"""Where in a completion its answer is: the last box, else the last stated answer, else what comes last."""

from __future__ import annotations

import re

from winnow.verifiers.golden.boxes import last_box
from winnow.verifiers.golden.denial import is_denied
from winnow.verifiers.golden.magnitude import is_part
from winnow.verifiers.golden.math.normalisation import normalise
from winnow.verifiers.golden.math.plain import plain_line, stated_number
from winnow.verifiers.golden.math.structure import read
from winnow.verifiers.golden.math.tokens import Unreadable
from winnow.verifiers.golden.numerals import last_number

_HASHES = "####"
_LONGEST_BARE = 200
_LONGEST_STATED = 400

_WORD = re.compile(r"[Aa](?:nswer|NSWER)|ANSWER")
_BEHIND = re.compile(
    r"""(?:\s*\([^()\n]{0,40}\))? (?:\ to\ (?:the|this)\ (?:question|problem))?
        [*_]{0,3} \s* (?: (?:is|are|was|would\ be|will\ be|must\ be|should\ be|equals)\b\ *+ :? | [:=]++ )
        [*_]{0,3} [ \t]*+
        (?: (?:therefore|thus|simply|just|indeed|given\ by|equal\ to)\  )? (?:option\ )?
        (?: :?[ \t]*+\n\s*+ )?""",
    re.VERBOSE,
)
_LINE_A = re.compile(r"[ \t]*+\**A(?:ns)?\**[:.]\**[ \t]*+")  # GSM8K's last line
_MATH = re.compile(
    r"\$\$([^$]{1,2000})\$\$|(?<!\\)\$((?:[^$\n\\]|\\.){1,400})\$|\\\((.{1,400}?)\\\)|\\\[([^\0]{1,2000}?)\\\]"
)
_SENTENCE_END = re.compile(r"[.!?](?=\s+[A-Z\"(]|\s*$)|\n")
_DIGIT = re.compile(r"[0-9]")
_FAR = 4_000
_PROSE = re.compile(r"[A-Za-z]{2,}\s+[A-Za-z]{2,}")
_SO = re.compile(
    r"\A(?:(?:So|Thus|Hence|Then|Therefore|Finally|We (?:get|have|find)|This gives)\b[,:]?\s+){1,3}"
)
_COMMANDS = re.compile(r"\\[A-Za-z]+|\\text ?\{[^{}]*\}")


def extract(text: str) -> str | None:
    r"""The answer that a completion gives, as it stands there; None where it gives none.

    >>> extract(r"So \boxed{\frac{1}{2}}."), extract("#### 42"), extract("The answer is 7 apples.")
    ('\\frac{1}{2}', '42', '7 apples')
    >>> extract("first 3, then $x = 5$"), extract("3/4"), extract("I do not know.")
    ('x = 5', '3/4', None)
    """
    if "box" in text and (found := last_box(text)) is not None:
        return found or None
    if found := stated_number(text):
        return found
    hashes = text.rfind(_HASHES)
    if hashes >= 0 and (found := text[hashes + 4 :].strip().partition("\n")[0].strip()):
        return found
    return _stated(text) or _bare(text) or _last(text)


def _stated(text: str) -> str | None:
    """What follows the last "the answer is", "Final answer:", "A:" and their like."""
    at = max(text.rfind("nswer"), text.rfind("NSWER"))
    tries = 0
    while at > 0 and tries < 8:
        behind = _BEHIND.match(text, at + 5) if _WORD.match(text, at - 1) else None
        plural = at + 5 < len(text) and text[at + 5] == "s"
        behind = _BEHIND.match(text, at + 6) if plural else behind
        if behind and (found := _clause(text[behind.end() : behind.end() + _LONGEST_STATED])):
            return found
        at = max(text.rfind("nswer", 0, at), text.rfind("NSWER", 0, at))
        tries += 1
    end = len(text.rstrip())
    line = _LINE_A.match(text, text.rfind("\n", 0, end) + 1)
    return _clause(text[line.end() : line.end() + _LONGEST_STATED]) if line else None


def _clause(text: str) -> str | None:
    """The answer at the beginning of `text`: a formula, a number with its words, or a few words."""
    text = text.lstrip("*_ \t:")
    if number := plain_line(text):
        return number
    if text.startswith("not "):
        return None
    formula = _MATH.match(text)
    if formula:
        return next(part for part in formula.groups() if part).strip() or None
    end = _SENTENCE_END.search(text)
    clause = (text[: end.start()] if end else text).strip().strip("*_ ").rstrip(".:")
    if not clause:
        return None
    if _readable(clause):
        return clause
    formulas = [found for found in _MATH.finditer(clause) if not is_denied(clause, found.start())]
    if formulas:
        return next(part for part in formulas[-1].groups() if part).strip() or None
    if last := last_number(clause):
        at = clause.rfind(last.text)
        if is_denied(clause, at):  # 7, not 8
            last = last_number(clause[:at])
        elif is_part(clause, at, at + len(last.text)):
            return clause
        return last.text if last else None
    return clause if len(clause.split()) <= 6 else None


def _bare(text: str) -> str | None:
    """All of a text that is nothing but an answer."""
    text = _SO.sub("", text.strip())
    if not text or len(text) > _LONGEST_BARE or "\n" in text:
        return None
    if _MATH.search(text) and not _MATH.fullmatch(text):
        return None
    sentence = text[-1] == "." and " " in text and not _DIGIT.search(text)
    return text if not sentence and _readable(text) else None


def _readable(text: str) -> bool:
    try:
        read(normalise(text))
    except Unreadable:
        return False
    return True


def _last(text: str) -> str | None:
    """The last formula or the last number, whichever stands behind the other; none that is denied."""
    number = last_number(text)
    at = text.rfind(number.text) if number else -1
    begin = max(0, len(text) - _FAR)
    formula = None
    if "$" in text or "\\" in text:
        for found in _MATH.finditer(text, begin):
            inside = next(part for part in found.groups() if part)
            if not is_denied(text, found.start()) and not _PROSE.search(_COMMANDS.sub(" ", inside)):
                formula = (found.end(), inside.strip())
    if formula and formula[1] and at < formula[0]:
        return formula[1]
    if number is None or is_denied(text, at) or is_part(text, at, at + len(number.text)):
        return None
    return number.text
