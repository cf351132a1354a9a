"""Parameters that are read from each problem's reference."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any

from winnow.verifiers.entry import BadReference, Check, Entry, MissingReference, SpecError, examine
from winnow.verifiers.verdict import Verdict

_REMEMBERED = 256  # tests built from references, a verifier: groups come one after another


def nothing(**_: Any) -> None:
    """Do nothing."""


def lacking(entry: Entry, key: str) -> str:
    """That nobody gives a parameter, in words."""
    return f"neither the recipe nor the reference gives {_keys(entry, key)}"


def _keys(entry: Entry, key: str) -> str:
    return f"{key!r} or {entry.also[key]!r}" if key in entry.also else repr(key)


class FromReference:
    """A check whose open parameters each problem's reference fills."""

    def __init__(
        self, entry: Entry, given: dict[str, Any], left_open: tuple[str, ...], ready: Check | None, why: str
    ) -> None:
        self.entry, self.given, self.left_open, self.ready, self.why = entry, given, left_open, ready, why
        settings = {key: given[key] for key in entry.settings if key in given}
        self.prepare = partial(entry.prepare or nothing, **settings)
        self._also = [(key, second) for key, second in entry.also.items() if key in left_open]
        self._needed = [key for key, one in entry.parameters.items() if one.required and key not in given]
        self._remembered = lru_cache(_REMEMBERED)(self._build)
        self._remembered_text = lru_cache(_REMEMBERED)(self._build_text)

    def __call__(self, reference: Mapping[str, Any], completion: str) -> Verdict:
        return self.of(reference)(reference, completion)

    def of(self, reference: Mapping[str, Any]) -> Check:
        """The check with every parameter filled.

        Raises:
            BadReference: the reference lacks one, or holds what is none.
        """
        found = {key: value for key in self.left_open if (value := reference.get(key)) is not None}
        for key, second in self._also:
            if key not in found and reference.get(second) is not None:
                found[key] = reference[second]
        if len(found) == 1:
            key, value = found.popitem()
            if type(value) is str:  # nearly always, and ten times as fast as by way of JSON
                return self._remembered_text(key, value)
            found[key] = value
        if found:
            return self._of(found)
        if self.ready is None:
            keys = ", ".join(map(str, reference)) or "none"
            raise MissingReference(f"{self.why} (the reference's keys: {keys})")
        return self.ready

    def _of(self, found: dict[str, Any]) -> Check:
        try:
            told = json.dumps(found)
        except (TypeError, ValueError) as broken:
            raise BadReference(f"the reference holds what JSON cannot: {broken}") from None
        return self._remembered(told)

    def _build(self, told: str) -> Check:
        return self._build_of(json.loads(told))

    def _build_text(self, key: str, value: str) -> Check:
        return self._build_of({key: value})

    def _build_of(self, found: dict[str, Any]) -> Check:
        if missing := [key for key in self._needed if key not in found]:
            raise MissingReference(lacking(self.entry, missing[0]))
        try:
            examine(self.entry, found)
            return self.entry.factory(**self.given, **found)
        except SpecError as wrong:
            keys = " and ".join(_keys(self.entry, key) for key in found)
            raise BadReference(f"the reference's {keys}: {wrong}") from None
