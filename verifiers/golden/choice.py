"""`choice`: the letter of a multiple-choice question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.boxes import last_box
from winnow.verifiers.golden.denial import is_denied
from winnow.verifiers.golden.stated import statements
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.golden.wording import words_of
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LATEX = re.compile(r"\\(?:text|textbf|textrm|mathrm|mathbf|mbox)\s?\{|[{}$]|\\[,;!]")
_LEAD = r"[\s*_\"'“”‘’`$]{0,8}(?:(?i:option|choice|letter|answer)\s*:?\s*)?[*_\"'“`]{0,4}"
# A letter in brackets may be small; a bare one is a capital, and no word of a sentence: "A dog", "I think".
_WORD = r"(?:(?<=[AI])\s(?!(?:because|since|as|due|which|given|based|for)\b)[a-z])"
_AT_START = re.compile(
    rf"""{_LEAD}(?:
        [(\[]\s?(?P<wrapped>[A-Za-z])\s?[)\]]
      | (?P<closed>[A-Za-z])\)
      | (?P<bare>[A-Z])(?![\w'’+#]|{_WORD}|-\w)
      | (?P<small>[a-z])[*_.\"'”`]{{0,4}}\s*$
    )""",
    re.VERBOSE,
)
_ALSO = r"(?:(?:but\s+also|also|or|and/or|and|as\s+well\s+as|plus|possibly|perhaps|maybe|even)\b\s*)"
_HEDGE = re.compile(
    rf"[*_.\"'”`)\]]{{0,4}}\s*[(\[]?(?:[/&,;+]\s*{_ALSO}{{0,2}}|{_ALSO}{{1,3}})(?:option\s|choice\s)?[(\[*]{{0,3}}"
    rf"[A-Z](?![\w'’]|{_WORD})"
)
_SEVERAL = re.compile(r"[(\[]*[A-Z][)\]]*(?:[\s,;+&/]+[(\[]*[A-Z][)\]]*)+")
_NEGATED = re.compile(r"\s*(?:definitely\s|certainly\s)?(?:not|neither|none)\b", re.IGNORECASE)
_INSIDE = re.compile(r"[(\[]([A-Z])[)\]]")
_LETTER_NEXT = r"(?=(?:(?i:option|choice|letter|answer)\s?)?[*(\[\"]{0,3}[A-Za-z]\b)"
_CHOSEN = re.compile(
    rf"""(?: (?i:\b(?:choose|chose|pick|picked|select|selected|go\swith|went\swith|going\swith))
        | (?i:\b(?:correct|right|best|final|my)\s(?:option|choice|letter)\s?(?:is|:|=))
        | (?im:^[ \t*_>\#-]{{0,8}}(?:option|choice)\s?:)
      )\s{_LETTER_NEXT}""",
    re.VERBOSE,
)
_CONCLUDED = re.compile(
    r"""(?i:\b(?:so|therefore|thus|hence|it['’]s|it\sis|must\sbe)),?\s(?i:it(?:['’]s|\sis|\smust\sbe)\s)?
        [*(\[]{0,3}(?P<letter>[A-Z])[)\]*]{0,3}[.!]?[ \t*]{0,4}(?=\n|$)""",
    re.VERBOSE,
)
_CORRECT = re.compile(
    r"""(?: \b(?i:option|choice|answer)\s[*(\[]{0,3}(?P<named>[A-Za-z])[)\]*.]{0,3}
        | [(\[](?P<wrapped>[A-Za-z])[)\]][*]{0,3}
        | (?<![\w'’(\[])(?P<bare>[A-Z])[*]{0,3}
      )\s(?:is|must\sbe|has\sto\sbe)\s(?:(?:therefore|thus|indeed|clearly)\s)?(?:the\s)?(?:only\s|most\s)?
        (?:correct|right|best|true|answer)\b""",
    re.VERBOSE,
)
_LINE = re.compile(
    r"^[ \t>*_#\-]{0,8}[(\[]?([A-Z])(?:[)\].:]+(?=[\s*_]|$)|[*_]{0,3}[ \t]*$)[^\n]*", re.MULTILINE
)
_ALONE = re.compile(r"[\s*_>#\"'`$\-]{0,8}[(\[]?(?P<letter>[A-Za-z])[)\]]?[.:]?[\s*_\"'`$]{0,8}")
_FAR = 20_000  # characters from the end in which an answer is looked for


@verifier("choice", version="2")
def choice(answer: str | int, choices: list[str] | None = None, thinking: list[str] | None = None) -> Check:
    """Pass where the completion settles for the letter `answer`; a whole number is its place, from 0.

    The letter is that of the last box, else of the last statement ("the answer is (C)", "Answer: C", "I
    choose C", "C is correct"), else of a completion, or its last line, that is nothing but a choice ("C",
    "(c)", "C. Paris"). Who names two at once ("A or B") has not chosen. With `choices`, the texts in order,
    an answer may also be the text of one. Nothing in a thought counts, between the tags of `thinking`.
    """
    letter = _letter(answer, choices)
    texts = [words_of(one) for one in choices or []]
    tags = tags_of(thinking)

    def extract(completion: str) -> str | None:
        said = without_thinking(completion, tags)[-_FAR:]
        return _found(said, texts)

    def judge(found: str) -> Verdict:
        if found == letter:
            return Verdict.passed(extracted=found)
        return Verdict.failed(f"{cut(found, 60)} is not {letter}", extracted=found)

    return GoldenCheck(
        extract, judge, judge, lacking="no choice", answers=(letter,), frame="The answer is ({})."
    )


def _letter(answer: str | int, choices: Sequence[str] | None) -> str:
    known = _LETTERS[: len(choices)] if choices else _LETTERS
    if isinstance(answer, int):
        found = known[answer : answer + 1] if answer >= 0 else ""
    else:
        found = answer.strip().strip("().").upper()
        if choices and len(found) != 1 and [one.strip() for one in choices].count(answer.strip()) == 1:
            found = known[[one.strip() for one in choices].index(answer.strip())]
    if len(found) != 1 or found not in known:
        kind = f"one of {known[0]} to {known[-1]}, or a place from 0 to {len(known) - 1}"
        raise SpecError(f"answer is {cut(repr(answer), 40)}, expected {kind}", ("answer",))
    return found


def _found(said: str, texts: list[list[str]]) -> str | None:
    """The letter that a completion settles for, or what it says instead; None where it says nothing."""
    if "box" in said and (box := last_box(said)) is not None:
        plain = _LATEX.sub("", box).strip()
        if _SEVERAL.fullmatch(plain):
            return plain
        return _start(plain) or _by_text(plain, texts) or plain or None
    stated = list(_stated(said, texts))
    return max(stated)[1] if stated else _bare(said) or _by_text(said, texts)


def _stated(said: str, texts: list[list[str]]) -> Iterator[tuple[int, str]]:
    """Every place in which a completion settles for something, and for what."""
    for at, clause in statements(said):
        plain = _LATEX.sub("", clause)
        if not _NEGATED.match(plain) and (found := _start(plain) or _by_text(plain, texts) or _inside(plain)):
            yield at, found
    for match in _CHOSEN.finditer(said):
        if not is_denied(said, match.start()) and (found := _start(said[match.end() : match.end() + 80])):
            yield match.end(), found
    for match in _CONCLUDED.finditer(said):
        yield match.end(), match["letter"]
    for match in _CORRECT.finditer(said):
        letter = match["named"] or match["wrapped"] or match["bare"]
        if letter.isupper() or match["wrapped"]:
            yield match.end(), letter.upper()


def _start(clause: str) -> str | None:
    """The letter at the beginning of a clause; two at once stay two."""
    match = _AT_START.match(clause)
    if match is None:
        return None
    letter: str = match["wrapped"] or match["closed"] or match["bare"] or match["small"]
    if hedge := _HEDGE.match(clause, match.end()):
        return clause[: hedge.end()].strip()
    return letter.upper()


def _inside(clause: str) -> str | None:
    """The only letter in brackets: "Paris (C)"."""
    found = set(_INSIDE.findall(clause))
    return found.pop() if len(found) == 1 else None


def _bare(said: str) -> str | None:
    """The letter of a completion that is a choice, or whose last line is."""
    said = said.strip()
    if alone := _ALONE.fullmatch(said):
        return alone["letter"].upper()
    lines = {match[1] for match in _LINE.finditer(said)}
    if len(lines) == 1 and _LINE.match(said):
        return lines.pop()
    last = _ALONE.fullmatch(said.rpartition("\n")[2])
    return last["letter"] if last and last["letter"].isupper() else None


def _by_text(said: str, texts: list[list[str]]) -> str | None:
    words = words_of(said[:2000]) if texts else []
    return _LETTERS[texts.index(words)] if words and texts.count(words) == 1 else None
