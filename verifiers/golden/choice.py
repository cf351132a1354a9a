"""`choice`: the letter of a multiple-choice question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.assertion import is_asserted, is_retracted
from winnow.verifiers.golden.boxes import last_box
from winnow.verifiers.golden.denial import is_denied
from winnow.verifiers.golden.naming import LETTERS, Texts, chosen, text_at
from winnow.verifiers.golden.stated import statements
from winnow.verifiers.golden.tagged import in_tags
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.golden.wording import words_of
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut

_LATEX = re.compile(r"\\(?:text|textbf|textrm|mathrm|mathbf|mbox)\s?\{|[{}$]|\\[,;!]")
_NEGATED = re.compile(r"\s*(?:definitely\s|certainly\s)?(?:not|neither|none)\b", re.IGNORECASE)
_LETTER_NEXT = r"(?=(?:(?i:option|choice|letter|answer)\s?)?[*(\[\"]{0,3}[A-Za-z]\b)"
_CHOSEN = re.compile(
    rf"""(?: (?i:\b(?:choose|chose|pick|picked|select|selected|go\swith|went\swith|going\swith))
        | (?i:\b(?:correct|right|best|final|my)\s(?:option|choice|letter)\s?(?:is|:|=))
        | (?im:^[ \t*_>\#-]{{0,8}}(?:option|choice)\s?:)
      )\s{_LETTER_NEXT}""",
    re.VERBOSE,
)
_CONCLUDED = re.compile(
    r"""(?:(?i:\b(?:so|therefore|thus|hence|it['’]s|it\sis|must\sbe)),?\s(?i:it(?:['’]s|\sis|\smust\sbe)\s)?|(?:\.\.\.|…)\s?)
        [*(\[]{0,3}(?P<letter>[A-Z])[)\]*]{0,3}[.!]?[ \t*]{0,4}(?=\n|$)""",
    re.VERBOSE,
)
_CORRECT = re.compile(
    r"""(?: \b(?i:option|choice|answer)\s[*(\[]{0,3}(?P<named>[A-Za-z])[)\]*.]{0,3}
        | [(\[](?P<wrapped>[A-Za-z])[)\]][*]{0,3}
        | (?<![\w'’(\[])(?P<bare>[A-Z])[*]{0,3}
      )\s(?:is|must\sbe|has\sto\sbe)\s(?:(?:therefore|thus|indeed|clearly|also)\s)?(?:the\s)?(?:only\s|most\s)?
        (?:correct|right|best|true|answer)\b""",
    re.VERBOSE,
)
_LINE = re.compile(
    r"^[ \t>*_#\-]{0,8}[(\[]?([A-Z])(?:[)\].:]+(?=[\s*_]|$)|[*_]{0,3}[ \t]*$)[^\n]*", re.MULTILINE
)
_ALONE = re.compile(r"[\s*_>#\"'`$.…\-]{0,8}[(\[]?(?P<letter>[A-Za-z])[)\]]?[.:]?[\s*_\"'`$.]{0,8}")
_WRONG = re.compile(
    r"[)\]*_]*\s(?:is|was)(?:\s(?:\w+\s)?(?:wrong|incorrect|false)"
    r"|(?:\snot|n['’]t)\s(?:the\s)?(?:correct|right|best|true|answer))\b"
)
_FAR = 20_000  # characters from the end in which an answer is looked for


@verifier("choice", version="3")
def choice(answer: str | int, choices: list[str] | None = None, thinking: list[str] | None = None) -> Check:
    """Pass where the completion settles for the letter `answer`; a whole number is its place, from 0.

    The letter is that of the last box, else of the last statement ("the answer is (C)", "Answer: C", "I
    choose C", "C is correct"), else of a completion, or its last line, that is nothing but a choice ("C",
    "(c)", "C. Paris"). Where there are `<answer>` tags, all that is looked for between the last. Who names
    two at once ("A or B"), or denies the letter or takes it back, has not chosen. With `choices`, the texts
    in order, an answer may also be the text of one, and a letter beside another's text is none. Nothing in
    a thought counts, between the tags of `thinking`.
    """
    letter = _letter(answer, choices)
    texts = [words_of(one) for one in choices or []]
    tags = tags_of(thinking)

    def extract(completion: str) -> str | None:
        return chosen_letter(without_thinking(completion, tags), texts)

    def judge(found: str) -> Verdict:
        if found == letter:
            return Verdict.passed(extracted=found)
        return Verdict.failed(f"{cut(found, 60)} is not {letter}", extracted=found)

    return GoldenCheck(
        extract, judge, judge, lacking="no choice", answers=(letter,), frame="The answer is ({})."
    )


def _letter(answer: str | int, choices: Sequence[str] | None) -> str:
    known = LETTERS[: len(choices)] if choices else LETTERS
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


def chosen_letter(text: str, texts: Texts = ()) -> str | None:
    """The letter that a completion settles for, or what it says instead; None where it says nothing.

    >>> chosen_letter("Not A. The answer is (C)."), chosen_letter("A or B?")
    ('C', None)
    """
    said = in_tags(text[-_FAR:])
    if "box" in said and (box := last_box(said)) is not None:
        plain = _LATEX.sub("", box).strip()
        return chosen(plain, texts) or plain or None
    stated = list(_stated(said, texts))
    if not stated:
        return _bare(said, texts)
    at, found = max(stated)
    return None if is_retracted(said, at) or _is_denied_later(said, at, found) else found


def _stated(said: str, texts: Texts) -> Iterator[tuple[int, str]]:
    """Every place in which a completion settles for something, and for what."""
    for at, clause in statements(said):
        plain = _LATEX.sub("", clause)
        if not _NEGATED.match(plain) and is_asserted(said, at) and (found := chosen(plain, texts)):
            yield at, found
    for match in _CHOSEN.finditer(said):
        clause = said[match.end() : match.end() + 80].partition("\n")[0]
        if is_asserted(said, match.end()) and (found := chosen(clause, [])):
            yield match.end(), found
    for match in _CONCLUDED.finditer(said):
        if is_asserted(said, match.start("letter")):
            yield match.start("letter"), match["letter"]
    for match in _CORRECT.finditer(said):
        letter = match["named"] or match["wrapped"] or match["bare"]
        if (letter.isupper() or match["wrapped"]) and is_asserted(said, match.start()):
            yield match.start(), letter.upper()
    last = said.rstrip().rfind("\n") + 1
    if last and (alone := _ALONE.fullmatch(said, last)) and alone["letter"].isupper():
        yield last, alone["letter"]


def _is_denied_later(said: str, at: int, letter: str) -> bool:
    """Whether a letter that is stated at `at` is called wrong further on."""
    later = re.finditer(rf"(?<![\w'’]){letter}(?![\w'’])", said[at:]) if len(letter) == 1 else ()
    return any(
        is_denied(said, at + match.start()) or _WRONG.match(said, at + match.end())
        for match in islice(later, 1, None)
    )


def _bare(said: str, texts: Texts) -> str | None:
    """What is chosen by a completion that is a choice, or begins with the only line that looks like one."""
    said = said.strip()
    if alone := _ALONE.fullmatch(said):
        return alone["letter"].upper()
    lines = {match[1] for match in _LINE.finditer(said)}
    if len(lines) == 1 and (line := _LINE.match(said)):
        return chosen(line[0], texts)
    own = text_at(said, 0, texts) if "\n" not in said else None
    return chosen(said, texts) if own else None
