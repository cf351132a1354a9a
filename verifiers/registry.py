"""Verifiers by name: a spec (name and parameters) rebuilds one anywhere.

A verifier is a decorated factory: its keyword arguments are its parameters, and what it returns judges
one completion against one reference.
"""

from __future__ import annotations

import difflib
import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from winnow.verifiers.verdict import Verdict

type_key = "type"
Check = Callable[[Mapping[str, Any], str], Verdict]
Factory = Callable[..., Check]


class SpecError(ValueError):
    """A spec that names no verifier, or gives it a parameter it does not take.

    `path` leads to the culprit inside the spec, for whoever knows the line it came from.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True, slots=True)
class Entry:
    """One registered verifier: its factory, its version, and the model of its parameters."""

    name: str
    version: str
    factory: Factory
    parameters: type[BaseModel]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A verifier with its parameters bound; call it with a reference and a completion.

    >>> judge = load({"type": "number"})
    >>> judge({"answer": "42"}, "6 x 7 = 42").status
    <Status.PASS: 'pass'>
    """

    name: str
    version: str
    spec: Mapping[str, Any]
    check: Check

    @property
    def fingerprint(self) -> str:
        """32 hex digits: the same for the same verifier, version and parameters, in any process."""
        told = json.dumps([self.name, self.version, self.spec], sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    def __call__(self, reference: Mapping[str, Any], completion: str) -> Verdict:
        """Judge one completion. Whatever goes wrong inside is an `error`, never a wrong answer."""
        try:
            return self.check(reference, completion)
        except MissingReference as missing:
            return Verdict.error(f"{self.name}: {missing}")
        except Exception as broken:  # noqa: BLE001 - a verifier's bug must not end a run
            return Verdict.error(f"{self.name} broke: {type(broken).__name__}: {broken}")


class MissingReference(LookupError):
    """The reference lacks what the verifier needs: our trouble, never the candidate's."""


_ENTRIES: dict[str, Entry] = {}


def verifier(name: str, *, version: str = "1") -> Callable[[Factory], Factory]:
    """Register a factory under `name`. Raise `version` whenever a verdict could change."""

    def register(factory: Factory) -> Factory:
        hints = get_type_hints(factory)
        fields: dict[str, Any] = {
            key: (hints[key], ... if given.default is inspect.Parameter.empty else given.default)
            for key, given in inspect.signature(factory).parameters.items()
        }
        config = ConfigDict(extra="forbid", strict=True, frozen=True)
        _ENTRIES[name] = Entry(name, version, factory, create_model(name, __config__=config, **fields))
        return factory

    return register


def names() -> list[str]:
    """Every verifier's name, sorted."""
    return sorted(_ENTRIES)


def load(spec: Mapping[str, Any] | str) -> Verifier:
    """Build the verifier that a spec declares.

    Raises:
        SpecError: no such verifier, or a parameter it does not take; the message names the nearest.
    """
    spec = {type_key: spec} if isinstance(spec, str) else dict(spec)
    name = spec.pop(type_key, None)
    if not isinstance(name, str):
        raise SpecError(f"a verifier needs the key 'type', one of: {', '.join(names())}")
    if name not in _ENTRIES:
        near = difflib.get_close_matches(name, names(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names())}"
        raise SpecError(f"no verifier is called {name!r}{hint}", (type_key,))
    entry = _ENTRIES[name]
    try:
        bound = entry.parameters.model_validate(spec)
    except ValidationError as invalid:
        raise _explain(entry, invalid) from None
    values = {key: getattr(bound, key) for key in entry.parameters.model_fields}
    return Verifier(name, entry.version, spec, entry.factory(**values))


def reference_value(reference: Mapping[str, Any], key: str, given: Any = None) -> Any:
    """A verifier's setting: the recipe's where it gives one, else the problem's reference `key`."""
    if given is not None:
        return given
    if reference.get(key) is None:
        raise MissingReference(f"the reference has no key {key!r} (it has: {', '.join(reference) or 'none'})")
    return reference[key]


def _explain(entry: Entry, invalid: ValidationError) -> SpecError:
    first = invalid.errors()[0]
    path = first["loc"]
    known = list(entry.parameters.model_fields)
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(path[0]), known, 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; it takes: {', '.join(known) or 'none'}"
        return SpecError(f"verifier {entry.name!r} has no parameter {path[0]!r}{hint}", path)
    where = ".".join(str(part) for part in path)
    return SpecError(f"verifier {entry.name!r}, parameter {where!r}: {first['msg'].lower()}", path)
