"""Values that a completion gives to names, in any of the forms that models write them in."""

from __future__ import annotations

import json
import re

from winnow.verifiers.formal.terms import LITERAL, NoTerm, Term, read, told
from winnow.verifiers.verdict import cut

_LINE = re.compile(r"[-*\s`$]*([A-Za-z_][\w!.]*)\s*(?::=|=|:)\s*([^,;=\n]+?)[`$.\s]*(?:[,;]|$)", re.MULTILINE)
_DECIMAL = re.compile(r"\d{1,300}(?:\.\d+)?")
_NUMBER = re.compile(r"(-?)\s*(\d+)(?:\.(\d+)|\s*/\s*(\d+))?")


def values_of(text: str) -> dict[str, str]:
    """The values by name, as terms without names: of a solver's model, JSON, or lines `x = 3`.

    >>> values_of("(define-fun x () Int (- 3))"), values_of('{"x": -3, "b": true}')
    ({'x': '(- 3)'}, {'x': '(- 3)', 'b': 'true'})
    >>> values_of("x = 1/2, y = 4")
    {'x': '(/ 1.0 2.0)', 'y': '4'}

    Raises:
        NoTerm: it gives none, or one twice.
    """
    text = text.strip()
    if "define-fun" in text:
        found = _of_model(read(text))
    elif text.startswith("{"):
        found = _of_json(text)
    else:
        found = [(name, value_of(value)) for name, value in _LINE.findall(text)]
    if not found:
        raise NoTerm("it gives no values")
    for place, (name, _) in enumerate(found):
        if name in dict(found[:place]):
            raise NoTerm(f"it gives {name} twice")
    return dict(found)


def value_of(text: str) -> str:
    """A value as a term: a literal, its negative, or a fraction.

    No other term is one: `(div 1 0)` is whatever a solver wants it to be.

    Raises:
        NoTerm: it is none.
    """
    text = text.strip()
    number = _NUMBER.fullmatch(text)
    if number and float(number[4] or 1) != 0:
        minus, whole, decimals, below = number.groups()
        text = f"(/ {whole}.0 {below}.0)" if below else f"{whole}.{decimals}" if decimals else whole
        return f"(- {text})" if minus else text
    if text.lower() in ("true", "false"):
        return text.lower()
    terms = read(text)
    return _value(terms[0] if len(terms) == 1 else terms)


def _value(term: Term) -> str:
    match term:
        case str() if LITERAL.fullmatch(term):
            return term
        case ["-", inner] if not isinstance(inner, str) or inner[:1].isdigit():
            return f"(- {_value(inner)})"
        case ["/", str(above), str(below)] if _DECIMAL.fullmatch(above) and _DECIMAL.fullmatch(below):
            if float(below) != 0:
                return told(term)
        case ["_", str(vector), str(width)] if re.fullmatch(r"bv\d+", vector) and width.isdigit():
            return told(term)
    raise NoTerm(f"{cut(told(term), 40)!r} is no value")


def _of_model(terms: list[Term]) -> list[tuple[str, str]]:
    while len(terms) == 1 and isinstance(terms[0], list) and terms[0] and terms[0][0] != "define-fun":
        terms = [one for one in terms[0] if one != "model"]
    found = []
    for one in terms:
        if not isinstance(one, list) or len(one) != 5 or one[0] != "define-fun" or one[2] != []:
            raise NoTerm("a model is of (define-fun name () Sort value) alone")
        if not isinstance(one[1], str):
            raise NoTerm("define-fun names nothing")
        found.append((one[1], _value(one[4])))
    return found


def _of_json(text: str) -> list[tuple[str, str]]:
    try:
        members = json.loads(text, object_pairs_hook=list, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        raise NoTerm("it is no JSON") from None
    found = []
    for one in members:
        if not isinstance(one, tuple) or not isinstance(one[1], str | bool):
            raise NoTerm("JSON must be an object of names and values")
        found.append((one[0], value_of(str(one[1]))))
    return found
