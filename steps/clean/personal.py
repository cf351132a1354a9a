"""Personal data: e-mail addresses, telephone numbers, cards, bank accounts, addresses of machines.

Meant to be seldom wrong on mathematics and code: what has a check digit is checked, and what stands in a
calculation is a number. A detail shows the kind and the first two characters, never the whole.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

import polars as pl

from winnow.steps.clean.drops import told

_BY_LENGTH = {  # of an account number, by the countries of ISO 13616
    15: "NO",
    16: "BE",
    18: "DK FI FO GL NL",
    19: "MK SI",
    20: "AT BA EE KZ LT LU XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "PT ST",
    26: "IS TR",
    27: "FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HU LB PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU",
    31: "MT SC",
    32: "LC",
}
_IBAN = {country: length for length, countries in _BY_LENGTH.items() for country in countries.split()}
_DOMAINS = frozenset(
    "com org net edu gov mil int info biz name pro io dev app online site shop xyz cloud".split()  # noqa: SIM905
)
_EXAMPLES = re.compile(r"(?:^|\.)example(?:\.\w+)?$|\.(?:test|invalid|local)$|^domain\.com$|^email\.com$")
_AROUND = 3  # characters beside a match, in its line, that tell a calculation
_CALCULATED = re.compile(r"[=*/^\\{}<>×÷·_]|[-+]\s*$")
_CALCULATES = re.compile(r"[=*/^\\{}<>×÷·_]|^\s*[-+]")


def _is_email(found: str, after: str) -> bool:
    local, _, domain = found.rpartition("@")
    top = domain.rpartition(".")[2].lower()
    known = top in _DOMAINS or len(top) == 2
    code = local == "git" or after.startswith("(")
    return known and not code and ".." not in found and not _EXAMPLES.search(domain.lower())


def _is_card(found: str, after: str) -> bool:
    """Card numbers by Luhn's check digit (ISO/IEC 7812) and the issuers' first digits."""
    digits = re.sub(r"\D", "", found)
    if not re.match(r"4|5[1-5]|2[2-7]|3[47]|6011|65|35[2-8]|3[068]", digits) or digits.endswith("0000"):
        return False
    doubled = (sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (sum(map(int, digits[-1::-2])) + sum(doubled)) % 10 == 0


def _is_iban(found: str, after: str) -> bool:
    """ISO 13616: the country's length, and 1 modulo 97."""
    account = found.replace(" ", "")
    account = account[: _IBAN.get(account[:2], 0)]
    return bool(account) and int("".join(str(int(sign, 36)) for sign in account[4:] + account[:4])) % 97 == 1


def _is_public(found: str, after: str) -> bool:
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return False
    parts = [part for part in re.split(r"[.:]", found) if part]
    if address.version == 4:
        return address.is_global and not address.is_multicast and sum(int(part) >= 10 for part in parts) >= 2
    return address.is_global and found[0] in "23" and len(parts) >= 4


def _is_ssn(found: str, after: str) -> bool:
    area, group, serial = found.split("-")
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def _is_phone(found: str, after: str) -> bool:
    digits = re.sub(r"\D", "", found)
    return 10 <= len(digits) <= 15 or (found.startswith("+") and 8 <= len(digits) <= 15)


_Check = Callable[[str, str], bool]
_KINDS: dict[str, tuple[str, _Check]] = {
    "email": (r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}\b", _is_email),
    "phone": (
        r"\+\d{1,3}[ .-]?\(?\d{1,4}\)?(?:[ .-]\d{2,8}){2,4}\b"
        r"|(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|\b[2-9]\d{2}[.-])[2-9]\d{2}[.-]\d{4}\b",
        _is_phone,
    ),
    "card": (r"\b(?:\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}|\d{4}[ -]\d{6}[ -]\d{5}|\d{15,16})\b", _is_card),
    "iban": (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", _is_iban),
    "ip": (r"\b(?:\d{1,3}\.){3}\d{1,3}\b|\b[23][0-9A-Fa-f]{3}:[0-9A-Fa-f:]{6,34}\b", _is_public),
    "ssn": (r"\b\d{3}-\d{2}-\d{4}\b", _is_ssn),
}
_NUMBERS = frozenset({"phone", "card", "ip", "ssn"})  # what might stand in a calculation


def personal(texts: pl.Series, kinds: Sequence[str]) -> pl.DataFrame:
    """Answers that hold personal data of these kinds: columns at (row), rule, detail."""
    parts = []
    for kind in kinds:
        pattern, _ = _KINDS[kind]
        frame = texts.alias("text").to_frame().with_row_index("at")
        frame = frame.filter(pl.col("text").str.contains(pattern))
        found = [(at, detail) for at, text in frame.iter_rows() if (detail := _detail(kind, text))]
        drops = pl.DataFrame(found, schema={"at": pl.Int64, "detail": pl.String}, orient="row")
        parts.append(told(drops["at"], "pii", drops["detail"]))
    return pl.concat(parts)


def _detail(kind: str, text: str) -> str | None:
    """What the first of its matches is that stands the test."""
    pattern, check = _KINDS[kind]
    for match in re.finditer(pattern, text):
        begin, end = match.span()
        before = text[max(begin - _AROUND, 0) : begin].rpartition("\n")[2]
        after = text[end : end + _AROUND].partition("\n")[0]
        if kind in _NUMBERS and (_CALCULATED.search(before) or _CALCULATES.search(after)):
            continue
        if match.group().startswith("+") and re.search(r"[\d)]\s*$|(?:^|\W)[A-Za-z]\s*$", before):
            continue
        if kind in _NUMBERS and (re.search(r"[\d.,vV]$", before) or re.match(r"[.,]?\d", after)):
            continue
        if check(match.group(), after):
            return f"{kind}: {match.group()[:2]}..."
    return None
