"""What a clause chooses: a letter, or the text of one, as long as nothing in it names another as well."""

from __future__ import annotations

import re
from collections.abc import Sequence

from winnow.verifiers.golden.denial import is_denied
from winnow.verifiers.golden.wording import words_of

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
Texts = Sequence[list[str]]
"""The words of each option's text, in order; none where they are not known."""

_LEAD = (
    r"[\s*_\"'“”‘’`$]{0,8}(?:(?i:definitely|clearly|certainly|likely|probably)\s)?"
    r"(?:(?i:option|choice|letter|answer)\s*:?\s*)?[*_\"'“`]{0,4}"
)
# A letter in brackets may be small; a bare one is a capital, and no word of a sentence: "A dog", "I think".
_WORD = r"(?:(?<=[AI])\s(?!(?:because|since|as|due|which|given|based|for|or|and|but|is)\b)[a-z])"
_BARE = rf"[A-Z](?![\w'’+#]|{_WORD}|-\w)"
_FIRST = re.compile(
    rf"""{_LEAD}(?:
        [(\[]\s?(?P<wrapped>[A-Za-z])\s?[)\]]
      | (?P<closed>[A-Za-z])\)
      | (?P<bare>{_BARE})
      | (?P<small>[a-z])[*_.\"'”`]{{0,4}}\s*$
    )""",
    re.VERBOSE,
)
_REASON = re.compile(r"\b(?:because|since|(?<!well\s)as(?!\s+well)|due\s+to|given|based|for|which|where)\b")
_SENTENCE = re.compile(r"[.!?](?=\s)|\n")
_OTHER = re.compile(
    rf"(?<!\w)[(\[]\s?(?P<wrapped>[A-Za-z])\s?[)\]]|(?<![\w'’\\.+-])(?<!=\s)(?P<bare>{_BARE})"
    r"|(?<=\bor\s)(?P<small>[b-hj])\b(?=[\s.)]*$)"
)
_UNKNOWN = LETTERS[:10]  # what counts for a letter beside the first, where nobody says how many there are
_SPOKEN_OF = re.compile(
    r"[)\]*_]*\s(?:is|are|was|were|isn['’]t|would|can|cannot|could|does|do|has|have|refers|describes)\b"
)
_OF_A_NAME = re.compile(r"\b[A-Z][a-z]+\s\Z")  # Vitamin D, Plan B
_HEDGES = re.compile(
    r"""(?: [\s,;:/&+()\[\]*_.!—-]
          | \b(?:and|or|but|also|possibly|perhaps|maybe|probably|plus|as|well|either|both|option|choice|answer
               |actually|wait|no|rather|then|not|sure|could|might|may|be|it|is|else|alternatively|instead|hmm
               |correction|sorry|i|mean)\b ){1,60}""",
    re.VERBOSE | re.IGNORECASE,
)
_CLOSING = re.compile(r"[\s)\].:,*_\"'”’`}—–-]*")
_TEXT_ENDS = re.compile(
    r"[.,;:!?)(\]\n*\"”]|\s[-–—]|\s(?:because|since|as|due|which|where|not|rather|and\snot|or|and)\b|$"
)
_TEXT_AND_VERB = re.compile(rf"{_TEXT_ENDS.pattern}|\s(?:is|are|was|were)\b")
_LONGEST = 400  # characters of an option's text
_ENDS = 40  # places at which it may end
_INSIDE = re.compile(r"[(\[]([A-Z])[)\]]")


def chosen(clause: str, texts: Texts) -> str | None:
    """The letter that a clause chooses; all that it names where it names two; None where it names none.

    >>> chosen("C, because D is cold", []), chosen("C, possibly D", []), chosen("a dog", [])
    ('C', 'C, possibly D', None)
    >>> chosen("Oslo (B)", [["rome"], ["oslo"]]), chosen("(A) Oslo", [["rome"], ["oslo"]])
    ('B', '(A) Oslo')
    """
    match = _FIRST.match(clause)
    if match is None:
        return _by_text(clause, texts)
    letter: str = (match["wrapped"] or match["closed"] or match["bare"] or match["small"]).upper()
    begin = _past(clause, match.end())
    if clause[begin : begin + 1] == "?":
        return None
    ended = "." in clause[match.end() : begin]  # what follows may be a sentence of its own
    own = text_at(clause, begin, texts, _TEXT_ENDS if ended else _TEXT_AND_VERB)
    if own and own[0] != letter:
        return clause[: own[1]].strip()
    return _alone(clause, letter, own[1] if own else match.end(), texts, ended and not own)


def text_at(
    clause: str, begin: int, texts: Texts, ends: re.Pattern[str] = _TEXT_ENDS
) -> tuple[str, int] | None:
    """The letter of the option whose text stands at `begin`, and where it ends: the longest that fits."""
    if not texts:
        return None
    places = [end.start() for end in ends.finditer(clause, begin, begin + _LONGEST)]
    for end in reversed(places[:_ENDS]):
        words = words_of(clause[begin:end])
        if words and list(texts).count(words) == 1:
            return LETTERS[list(texts).index(words)], end
    return None


def _past(clause: str, at: int) -> int:
    found = _CLOSING.match(clause, at)
    return found.end() if found else at


def _by_text(clause: str, texts: Texts) -> str | None:
    """The letter of the option whose text begins the clause, or the only one in brackets."""
    own = text_at(clause, _past(clause, 0), texts)
    if own and clause[own[1] : own[1] + 1] != "?":
        return _alone(clause, *own, texts, False)
    inside = set(_INSIDE.findall(clause))
    return inside.pop() if len(inside) == 1 else None


def _alone(clause: str, letter: str, end: int, texts: Texts, ended: bool) -> str:
    """`letter`, or the clause as far as it names another one behind `end`."""
    first = _past(clause, end) if ended else end
    stops = [found.start() for how in (_REASON, _SENTENCE) if (found := how.search(clause, first))]
    for other in _OTHER.finditer(clause, end, min(stops, default=len(clause))):
        named = (other["wrapped"] or other["bare"] or other["small"]).upper()
        if (
            named != letter
            and named in (LETTERS[: len(texts)] or _UNKNOWN)
            and not _SPOKEN_OF.match(clause, other.end())
            and not is_denied(clause, other.start())
            and not _OF_A_NAME.search(clause, max(end, other.start() - 30), other.start())
            and not (ended and not _HEDGES.fullmatch(clause, end, other.start()))
        ):
            return clause[: other.end()].strip()
    hedges = None if ended else _HEDGES.match(clause, end)
    second = text_at(clause, hedges.end(), texts) if hedges else None
    if hedges and second and second[0] != letter and not is_denied(clause, hedges.end()):
        return clause[: second[1]].strip()
    return letter
