r"""Units, currencies and signs of percent: taken off a value and kept beside it.

`5 \text{ cm}`, `5 cm` and `5` are the same answer; `5 cm` and `5 m` are not.
"""

from __future__ import annotations

import re

from winnow.verifiers.golden.math.tokens import Unreadable

_SAME = {
    "cm": "cm centimeter centimeters centimetre centimetres",
    "mm": "mm millimeter millimeters millimetre millimetres",
    "m": "m meter meters metre metres",
    "km": "km kilometer kilometers kilometre kilometres",
    "in": "in inch inches",
    "ft": "ft foot feet",
    "yd": "yd yard yards",
    "mi": "mi mile miles",
    "g": "g gram grams",
    "kg": "kg kilogram kilograms",
    "mg": "mg milligram milligrams",
    "lb": "lb lbs pound pounds",
    "oz": "oz ounce ounces",
    "l": "l liter liters litre litres",
    "ml": "ml milliliter milliliters",
    "s": "s sec secs second seconds",
    "min": "min mins minute minutes",
    "h": "h hr hrs hour hours",
    "day": "day days",
    "week": "week weeks",
    "month": "month months",
    "year": "year years yr yrs",
    "dollar": "dollar dollars usd",
    "cent": "cent cents",
    "euro": "euro euros eur",
    "degree": "degree degrees deg",
    "radian": "radian radians rad",
    "mph": "mph",
}
_UNITS = {word: unit for unit, words in _SAME.items() for word in words.split()}
_MULTIPLIERS = {
    "hundred": "100", "thousand": "1000", "million": "10^{6}", "billion": "10^{9}", "trillion": "10^{12}",
    "dozen": "12", "lakh": "10^{5}", "crore": "10^{7}",
}  # fmt: skip
_MULTIPLIERS |= {f"{word}s": power for word, power in _MULTIPLIERS.items()}
_RAISED = {"square": "^2", "sq": "^2", "cubic": "^3", "cu": "^3"}
_NO_UNIT = frozenset({
    "plus", "minus", "times", "less", "more", "than", "over", "divided", "squared", "cubed",
    "factorial", "and", "or", "not", "if", "root", "half", "halves", "third", "thirds", "quarter",
    "quarters", "fourth", "fourths", "fifths", "sixths", "sevenths", "eighths", "ninths", "tenths",
    "hundredths", "of", "point", "approximately", "about", "least", "most", "between", "to", "from",
    "am", "pm", "equals", "is", "are", "no", "never", "but", "choose", "mod", "power", "remainder",
    "where", "for", "when", "with", "except", "sin", "cos", "tan", "log", "sqrt", "pi", "base",
    "negative", "below", "under", "above", "off", "loss", "deficit", "debt", "short", "up", "down",
    "twice", "thrice", "double", "triple", "tens", "score", "nearly", "almost", "roughly", "around",
    "maybe", "perhaps", "possibly", "probably", "false", "wrong", "incorrect", "any", "either", "neither",
})  # fmt: skip
_HARMLESS = frozenset(("is", "are", "equals", "of", "to", "for", "where"))  # in front of a value
_DEGREES = re.compile(r"\^ ?(?:\{ ?)?\\circ ?(?:\})?(?: ?(?:\\text ?\{ ?[CF] ?\}|[CF]))?$")
_TEXT = re.compile(r"\\text ?\{([^{}]*)\} ?(?:\^ ?(?:([0-9])|\{ ?(-?[0-9]) ?\}))?$")
_LEADING = re.compile(r"^\\text ?\{([^{}]*)\} ?(?=.)")
_PLAIN = re.compile(r"(?<=[0-9})]) ?((?<![A-Za-z])[A-Za-z][A-Za-z./ -]*)(?:\^ ?(?:([23])|\{([23])\}))?$")
_PERCENT = re.compile(r" ?(?:\\?%|percent)$")
_BASE = re.compile(r"^([0-9]+)_ ?(?:\{ ?([0-9]{1,2}) ?\}|([0-9]{1,2}))$")
_WORD = re.compile(r"[A-Za-z]+")
_DIGIT = re.compile(r"[0-9?]")


def measured(text: str) -> tuple[str, str, bool]:
    r"""The value in `text` without its unit; the unit, by one name; whether it was in percent.

    >>> measured(r"864 \text{ inches}^2"), measured("50%"), measured(r"\$5")
    (('864', 'in^2', False), ('50', '', True), ('5', 'dollar', False))

    Raises:
        Unreadable: words stand there that are no unit.
    """
    unit, percent = "", False
    for _ in range(4):
        before = text
        text = text.strip()
        if based := _BASE.match(text):
            return based[1], f"base {based[2] or based[3]}", percent
        if found := _PERCENT.search(text):
            text, percent = text[: found.start()], True
        elif found := _DEGREES.search(text):
            text, unit = text[: found.start()], "degree"
        elif (found := _TEXT.search(text)) or ((found := _PLAIN.search(text)) and _is_unit(found[1])):
            text, unit = _named(text[: found.start()], found[1], unit)
            if (raised := found[2] or found[3]) and unit:
                unit = f"{unit.partition('^')[0]}^{raised}"
        elif text.startswith(r"\$") or text.endswith(r"\$"):
            text, unit = text.replace(r"\$", "", 1), "dollar"
        elif text.startswith((r"-\$", r"- \$")):
            text, unit = "-" + text[text.index("$") + 1 :], "dollar"
        elif found := _LEADING.match(text):
            _refuse(found[1], harmless=_HARMLESS)
            text = text[found.end() :]
        if text == before:
            break
    if not text.strip():
        raise Unreadable("a unit without a value")
    return text.strip(), unit, percent


def conflict(one: str, other: str) -> bool:
    """Whether two units say different things: a unit that is missing, or one without its power, says nothing.

    >>> conflict("cm", "m"), conflict("cm^2", "cm^3"), conflict("cm^2", "cm"), conflict("cm", "")
    (True, True, False, False)
    """
    (name, _, power), (other_name, _, other_power) = one.partition("^"), other.partition("^")
    if not name or not other_name:
        return False
    return name != other_name or bool(power and other_power and power != other_power)


def _named(text: str, told: str, unit: str) -> tuple[str, str]:
    words = _WORD.findall(told.lower())
    for place, word in enumerate(words):
        if word in _MULTIPLIERS and place == 0:
            text = f"({text.strip()}) \\cdot {_MULTIPLIERS[word]}"
        elif word in _MULTIPLIERS:
            raise Unreadable("a number in words")
    _refuse(told)
    known = [_UNITS[word] for word in words if word in _UNITS]
    raised = next((_RAISED[word] for word in words if word in _RAISED), "")
    return text, "/".join(known) + raised if known else unit


def _refuse(told: str, harmless: frozenset[str] = frozenset()) -> None:
    """Refuse words that change a value, or name a second one."""
    words = [word for word in _WORD.findall(told.lower()) if word not in harmless]
    if len(words) > 6 or any(word in _NO_UNIT for word in words) or _DIGIT.search(told):
        raise Unreadable("words that are no unit")


def _is_unit(told: str) -> bool:
    """Whether plain letters behind a number are words: `5 apples`, but not `5 xy`."""
    words = _WORD.findall(told)
    known = [word for word in words if word.lower() in _UNITS or word in _MULTIPLIERS]
    return all(len(word) > 1 for word in words) and (bool(known) or any(len(word) > 3 for word in words))
