"""JSON Schema by the library `jsonschema`, but for the keywords that it answers slowly or not quite right.

`pattern` and `patternProperties` follow ECMA-262 where Python's `re` does not; `multipleOf` is exact, so
that 19.99 is a multiple of 0.01; `uniqueItems` takes time linear in the items.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from winnow.verifiers.registry import SpecError
from winnow.verifiers.verdict import cut

_DIGITS = {"d": "0-9", "w": "A-Za-z0-9_"}
_NO_DIGITS = {"D": "[^0-9]", "W": "[^A-Za-z0-9_]"}
_PLAIN = {"$": r"\Z", ".": r"[^\n\r\u2028\u2029]"}
_BOUNDS = {"b": r"(?a:\b)", "B": r"(?a:\B)"}


def dialect(schema: Mapping[str, Any] | bool) -> Any:
    """A validator for `schema`, of the draft that it names or of 2020-12, that fetches nothing.

    Raises:
        SchemaError: it is no schema of that draft.
        SpecError: it names no draft that is known, or holds a pattern that is none.
    """
    validators: Any = importlib.import_module("jsonschema.validators")
    drafts: Any = importlib.import_module("jsonschema_specifications")
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    draft = validators.validator_for(schema, default=None) if named else validators.Draft202012Validator
    if draft is None:
        raise SpecError(f"schema: no draft is called {cut(repr(named), 80)}", ("schema", "$schema"))
    checker = importlib.import_module("jsonschema").FormatChecker(formats=())  # else `pattern` is Python's
    draft.check_schema(schema, format_checker=checker)
    _check_patterns(schema)
    own = {"pattern": _pattern, "patternProperties": _pattern_properties, "uniqueItems": _unique}
    keywords = {name: rule for name, rule in own.items() if name in draft.VALIDATORS}
    if "multipleOf" in draft.VALIDATORS:
        keywords["multipleOf"] = _multiple
    return validators.extend(draft, keywords)(schema, registry=drafts.REGISTRY)


@lru_cache(1024)
def ecma(pattern: str) -> re.Pattern[str]:
    r"""`pattern`, an ECMA-262 regular expression, in Python's `re`.

    >>> bool(ecma("^a$").search("a\n")), bool(ecma(r"^\d+$").search("٣"))
    (False, False)
    """
    told, at, inside = [], 0, False
    while at < len(pattern):
        sign, following = pattern[at], pattern[at + 1 : at + 2]
        if sign == "\\" and following:
            told.append(_escaped(sign + following, inside))
            at += 2
            continue
        if sign == "[" and not inside:
            inside = True
            at += 1
            told.append("[")
            if pattern.startswith("^", at):
                told.append("^")
                at += 1
            continue
        inside = inside and sign != "]"
        named = pattern.startswith("(?<", at) and pattern[at + 3 : at + 4] not in ("=", "!")
        if named and not inside:
            told.append("(?P<")
            at += 3
            continue
        told.append(r"\[" if sign == "[" else sign if inside else _PLAIN.get(sign, sign))
        at += 1
    return re.compile("".join(told))


def _escaped(pair: str, inside: bool) -> str:
    letter = pair[1]
    if letter in _DIGITS:
        return _DIGITS[letter] if inside else f"[{_DIGITS[letter]}]"
    if not inside and letter in _NO_DIGITS:
        return _NO_DIGITS[letter]
    if not inside and letter in _BOUNDS:
        return _BOUNDS[letter]
    return "/" if letter == "/" else pair


def _check_patterns(schema: Any) -> None:
    """Raise SpecError for a `pattern` anywhere in `schema` that is no regular expression."""
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            told = one.get("pattern")
            keyed = one.get("patternProperties")
            patterns = [told] if isinstance(told, str) else []
            patterns += [key for key in keyed if isinstance(key, str)] if isinstance(keyed, Mapping) else []
            for pattern in patterns:
                try:
                    ecma(pattern)
                except (re.error, RecursionError, OverflowError) as wrong:
                    shown = cut(repr(pattern), 60)
                    raise SpecError(f"schema: no regular expression: {wrong}: {shown}", ("schema",)) from None
            waiting.extend(one.values())
        elif isinstance(one, list | tuple):
            waiting.extend(one)


def _pattern(validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "string") and not ecma(pattern).search(instance):
        yield _error(f"{cut(repr(instance), 60)} does not match {cut(repr(pattern), 60)}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, inner in patterns.items():
        compiled = ecma(pattern)
        for key, value in instance.items():
            if compiled.search(key):
                yield from validator.descend(value, inner, path=key, schema_path=pattern)


def _unique(validator: Any, wanted: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if wanted and validator.is_type(instance, "array") and len(set(map(_key, instance))) < len(instance):
        yield _error(f"{cut(repr(instance), 60)} has an item twice")


def _multiple(validator: Any, of: Any, instance: Any, _schema: Any) -> Iterator[Any]:
    if validator.is_type(instance, "number") and Fraction(str(instance)) % Fraction(str(of)):
        yield _error(f"{cut(repr(instance), 60)} is no multiple of {of}")


def _key(value: Any) -> Any:
    """Equal for values that JSON Schema takes for equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return "object", frozenset((name, _key(one)) for name, one in value.items())
    if isinstance(value, list):
        return "array", tuple(map(_key, value))
    return "boolean" if isinstance(value, bool) else "", value


def _error(message: str) -> Any:
    exceptions: Any = importlib.import_module("jsonschema.exceptions")
    return exceptions.ValidationError(message)
