"""Numbers in running text: where the last one stands, and what it is worth, exactly.

Every pattern is linear in the text and no value is ever expanded, so megabytes of digits and exponents of
nine digits cost no more than reading them once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
    "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8),
}  # fmt: skip
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺\u2212\u2013\ufe63\uff0d", "0123456789-+----")
_VULGARS = "".join(_VULGAR)
_MINUS = r"\-\u2212\u2013\ufe63\uff0d"  # hyphen, minus, en dash and their small and wide kin
_CURRENCY = "$€£¥₹₽₩¢"
_CODES = ("USD", "EUR", "GBP", "CHF", "JPY", "CNY", "INR", "CAD", "AUD", "Rs")
_GROUPING = ",_'’\u00a0\u2009\u202f"
_TERM = r"\d{1,1000}+"  # a fraction's numerator or denominator
_INTEGER = rf"(?:[1-9]\d{{0,2}}(?:,\d{{3}}(?!\d))+|{_TERM})"

_NO_INDEX = rf"(?<!\^)(?<!\^\{{)(?<!_\{{)(?<!\^[{_MINUS}])(?<!\^\{{[{_MINUS}])"
_NO_WORD = rf"(?:(?<![A-Za-z_])|{'|'.join(rf'(?<={code})' for code in _CODES)})"

_TOKEN = re.compile(
    rf"""
    (?=[\d.\\{_CURRENCY}{_MINUS}{_VULGARS}])
    (?P<minus> (?<![\w)\]}}%{_MINUS}^])(?<!\^\{{)[{_MINUS}] )?
    (?: \\?[{_CURRENCY}]\ ?(?P<inner>[{_MINUS}])? )?
    (?<!\d)
    # a LaTeX fraction, a fraction in one character
    (?: (?:(?P<whole>\d{{1,9}}+)\ ?)?
        \\[dt]?frac\ ?\{{\ ?(?P<below_zero>[{_MINUS}])?(?P<above>{_TERM})\ ?\}}
        \ ?\{{\ ?(?P<below>{_TERM})\ ?\}}
      | (?:(?P<whole2>\d{{1,9}}+)\ ?)?(?P<vulgar>[{_VULGARS}])
      | {_NO_WORD}{_NO_INDEX}
        # a/b, which is no date and no path
        (?: (?:(?P<whole3>\d{{1,9}}+)\ )? (?<![/⁄])(?<![/⁄]\ )
            (?P<above3>{_INTEGER})\ ?[/⁄]\ ?(?P<below3>{_TERM})(?![.,]?\d|\ ?[/⁄]\ ?\d)
          # digits, in groups or not, and what raises them
          | (?P<plain> (?: [1-9]\d{{0,2}}(?P<by>[{_GROUPING}])\d{{3}}(?!\d)(?:(?P=by)\d{{3}}(?!\d))*+ | \d++ )
                       (?:\.\d++)?
                     | (?<![\w.])\.\d++ )
            (?: [eE](?P<exponent>[{_MINUS}+]?\d++)
              | \ ?(?:[×x*·⋅]|\\times|\\cdot)\ ?10(?:
                  (?:\^|\*\*)\ ?(?P<brace>[{{(])?(?P<power>[{_MINUS}+]?\d++)(?(brace)[}})])
                | (?P<raised>[⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]++) )
              | \^\ ?(?P<brace2>[{{(])?(?P<times>[{_MINUS}+]?\d++)(?(brace2)[}})])
            )?
        )
    )
    """,
    re.VERBOSE,
)
_BREAK = re.compile(r"[\n;:=?!|\"<>\[\]#&@~]|[,.)] ")  # no number goes on behind these
_CROSSING = re.compile(r"\d*\.?\d{0,1000}\{?[A-Za-z_^]?\.?\d{0,1000}")  # backwards
_FAR = 1_000_000  # characters before the last digit that are searched at all
_CLOSING = 40  # characters that may belong to a number behind its last digit: braces, raised figures
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_LONGEST = 30  # characters of an exponent; Decimal holds 18 digits
_LONGEST_BASE, _LONGEST_POWER = 20, 4  # characters: powers are the only values that are worked out
_STEMS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_^")
_UNGROUP = str.maketrans("", "", _GROUPING)


@dataclass(frozen=True, slots=True)
class Number:
    """A number as it was found, and its value; None where that is beyond any arithmetic."""

    text: str
    value: Decimal | Fraction | None


def last_number(text: str) -> Number | None:
    r"""The last number of `text`, or None.

    A point is the decimal point; groups of three may be set off by `,`, `_`, `'` or a thin blank; signs of
    percent and currency are left aside. What is glued to the end of a word (`H2O`, `x_1`) or raised behind
    one (`cm^2`) is no number.

    >>> last_number("It costs -$1,234.50.")
    Number(text='-$1,234.50', value=Decimal('-1234.50'))
    >>> last_number(r"so $x = \frac{3}{4}$").value, last_number("6.02 × 10^23").value
    (Fraction(3, 4), Decimal('6.02E+23'))
    >>> last_number("nothing") is None
    True
    """
    end = _last_digit(text)
    if end < 0:
        return None
    start = _start(text, end)
    return _last_from(text, start, end) or (_last_from(text, max(0, end - _FAR), end) if start else None)


def only_number(text: str) -> Number | None:
    """The number that `text` holds, or None where it holds none or several.

    >>> only_number("72 apples").value, only_number("3 or 4")
    (Decimal('72'), None)
    """
    found = [token for token in _TOKEN.finditer(text) if not _continues_word(text, token.start())]
    return _read(found[0]) if len(found) == 1 else None


def _last_digit(text: str) -> int:
    end = max(text.rfind(digit) for digit in "0123456789")
    if not text.isascii():
        end = max(end, *(text.rfind(sign) for sign in _VULGAR))
        if _OTHER_DIGIT.search(text, end + 1):
            end = next(at for at in range(len(text) - 1, end, -1) if text[at].isdecimal())
    return end


def _start(text: str, end: int) -> int:
    """Where to begin to look for the number that holds the digit at `end`: near, and not inside of one."""
    start = 0
    for near in (60, 1_000, 20_000):
        start = end - near
        if start <= 0:
            return 0
        if found := _BREAK.search(text, start, end):
            return found.end()
    crossing = _CROSSING.match(text[::-1], len(text) - start)
    return start - (len(crossing[0]) if crossing else 0)


def _last_from(text: str, start: int, end: int) -> Number | None:
    last = None
    for token in _TOKEN.finditer(text, start, end + _CLOSING):
        if text[token.start() - 1] != "." or not _continues_word(text, token.start()):
            last = token
    return _read(last) if last else None


def _continues_word(text: str, start: int) -> bool:
    """Whether the digits at `start` are the tail of something like `v1.2.3` or `x^1.5`."""
    before = text[max(0, start - 30) : start]
    stem = before.rstrip(".0123456789")
    return before[-1:] == "." and stem != before and before[len(stem)] != "." and stem[-1:] in _STEMS


def _read(token: re.Match[str]) -> Number:
    text = token[0]
    value: Decimal | Fraction | None
    if token["plain"]:
        value = _decimal(token)
    else:
        whole = token["whole"] or token["whole2"] or token["whole3"]
        if token["vulgar"]:
            above, below = _VULGAR[token["vulgar"]]
        else:
            above = int((token["above"] or token["above3"]).replace(",", ""))
            below = int(token["below"] or token["below3"])
        value = Fraction(above, below) if below else None
        if whole and above < below:
            value = Fraction(above, below) + int(whole)
        elif whole:  # no mixed number, but one number behind another
            return Number(text[text.index(whole) + len(whole) :].lstrip(), value)
    minus = sum(token[sign] is not None for sign in ("minus", "inner", "below_zero"))
    if minus % 2 and value is not None:
        value = value.copy_negate() if isinstance(value, Decimal) else -value
    return Number(text, value)


def _decimal(token: re.Match[str]) -> Decimal | Fraction | None:
    digits = token["plain"].translate(_UNGROUP)
    exponent = token["exponent"] or token["power"] or token["raised"] or "0"
    if len(exponent) > _LONGEST:
        return None
    try:
        if token["times"]:
            return _power(digits, token["times"].translate(_RAISED))
        return Decimal(f"{digits}e{exponent.translate(_RAISED)}")
    except (InvalidOperation, ZeroDivisionError):
        return None


def _power(base: str, exponent: str) -> Decimal | Fraction | None:
    if base == "10":
        return Decimal(f"1e{exponent}")
    if len(base) > _LONGEST_BASE or len(exponent) > _LONGEST_POWER:
        return None
    return Fraction(base) ** int(exponent)
