"""`json_schema`: JSON that a schema allows."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from typing import Any

from winnow.verifiers.registry import BadReference, Check, SpecError
from winnow.verifiers.strict.json_keywords import dialect
from winnow.verifiers.strict.json_text import no_constant, read_json
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import Verdict, cut

_DEEPEST = 50  # levels of nesting; the library takes about ten frames of Python's stack for each
_LONGEST = 1_000_000  # characters
_MOST_DIGITS = 1000  # of a whole number
_PROBES: tuple[Any, ...] = (None, True, 0, "", [], {}, [None], {"": None})


@strict("json_schema")
def json_schema(schema: dict[str, Any] | bool | str, only: bool = True) -> Check:
    """Pass where the completion is JSON that `schema` allows; text is taken for a schema written in JSON.

    With `only` nothing may stand around the JSON but one fence of three backticks; without, the first
    object found in the text counts. Thoughts are left out. `$schema` names the draft (3 to 2020-12, which
    is the default). `format` is an annotation, as the standard has it, and decides nothing. Nothing is ever
    fetched: a `$ref` leads into the schema itself or to a draft's own schema.

    A key given twice fails, as do `NaN` and `Infinity`, whole numbers of more than 1,000 digits and numbers
    that no float can hold, JSON of more than 1,000,000 characters and nesting of more than 50 levels.
    `pattern` is matched by Python's `re` in the sense of ECMA-262: `$` is the very end, `\\d` and `\\w` are
    ASCII. A schema with a pattern that backtracks for ever is ended by the pool's deadline.
    """
    validator = _validator(schema)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        text = completion.strip().removeprefix("\ufeff")
        if not text:
            return Verdict.failed(EMPTY)
        if len(text) > _LONGEST:
            return Verdict.failed(f"more than {_LONGEST} characters")
        try:
            value = read_json(text, _DECODER, only)
        except ValueError as broken:
            return Verdict.failed(f"not JSON: {broken}")
        except RecursionError:
            return Verdict.failed("not JSON: nested too deeply")
        if _too_deep(value):
            return Verdict.failed(f"nested more than {_DEEPEST} deep")
        told = _amiss(validator, value)
        shown = cut(json.dumps(value, ensure_ascii=False))
        return Verdict.failed(told, extracted=shown) if told else Verdict.passed(extracted=shown)

    return judge


def _amiss(validator: Any, value: Any) -> str | None:
    """The first thing in `value` that the schema does not allow, with where it stands."""
    exceptions: Any = importlib.import_module("referencing.exceptions")
    try:
        error = next(validator.iter_errors(value), None)
    except exceptions.Unresolvable as unknown:
        raise BadReference(f"a $ref of the schema leads nowhere: {cut(str(unknown), 80)}") from None
    except RecursionError:
        return "nested too deeply for the schema"
    if error is None:
        return None
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
    return f"{cut(f'${place}', 60)}: {cut(error.message, 130)}"


def _validator(schema: dict[str, Any] | bool | str) -> Any:
    exceptions: Any = importlib.import_module("jsonschema.exceptions")
    referencing: Any = importlib.import_module("referencing.exceptions")
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError) as broken:
            raise SpecError(f"schema is no JSON: {broken}", ("schema",)) from None
    if not isinstance(schema, Mapping | bool):
        raise SpecError("schema is neither an object nor true or false", ("schema",))
    if _too_deep(schema):
        raise SpecError(f"schema is nested more than {_DEEPEST} deep", ("schema",))
    try:
        validator = dialect(schema)
        for probe in _PROBES:
            validator.is_valid(probe)
    except exceptions.SchemaError as wrong:
        place = "".join(f".{part}" for part in wrong.absolute_path)
        raise SpecError(f"schema{cut(place, 60)}: {cut(wrong.message, 100)}", ("schema",)) from None
    except referencing.Unresolvable as unknown:
        raise SpecError(f"schema: a $ref leads nowhere: {cut(str(unknown), 80)}", ("schema",)) from None
    except RecursionError:
        raise SpecError("schema refers to itself without end", ("schema",)) from None
    return validator


def _too_deep(value: Any) -> bool:
    """Whether `value` has more than 50 levels; takes no stack of its own."""
    level = [value]
    for _ in range(_DEEPEST + 1):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list | tuple):
                inner.extend(one)
        if not inner:
            return False
        level = inner
    return True


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of more than {_MOST_DIGITS} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{cut(digits, 40)} is beyond any float")
    return value


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_whole, parse_float=_float, parse_constant=no_constant
)
