"""Verifiers by name: a spec (name and parameters) rebuilds one anywhere.

A verifier is a decorated factory: its keyword arguments are its parameters, and what it returns judges
one completion against one reference. A parameter that the spec leaves open is read from the reference
under the same key, problem by problem; so a factory sees plain values, wherever they came from.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.catalogue import OWN, BrokenPackage, bring, known
from winnow.verifiers.entry import BadReference, Check, Entry, Factory, MissingReference, SpecError, examine
from winnow.verifiers.reference import FromReference, lacking, nothing
from winnow.verifiers.verdict import Verdict, cut

__all__ = [
    "BadReference", "Check", "Entry", "Factory", "MissingReference", "SpecError", "Verifier", "entries",
    "entry_of", "gold_key", "load", "load_from_row", "names", "type_key", "verifier",
]  # fmt: skip

type_key = "type"
gold_key = "gold"
"""A key of references: a completion, or a list of them, that must pass. Only the self-check reads it."""

_PACKAGE = "winnow.verifiers"
_DEEPEST = 16
_depth: ContextVar[int] = ContextVar("depth", default=0)
_in_row: ContextVar[bool] = ContextVar("in_row", default=False)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A verifier with its parameters bound; call it with a reference and a completion.

    It answers in this process and without a deadline: `VerifierPool` is for text that nobody vouches for.
    `pure`: the same question always gets the same verdict. `depends` names the versions of what it is made
    of, `modules` those that must be imported, beside winnow's own, before a spec finds it; `deadline` is in
    seconds, the least that a completion must be given.

    >>> judge = load({"type": "number"})
    >>> judge({"answer": "42"}, "6 x 7 = 42").status
    <Status.PASS: 'pass'>
    """

    name: str
    version: str
    spec: Mapping[str, Any]
    check: Check
    pure: bool = True
    depends: tuple[str, ...] = ()
    modules: frozenset[str] = frozenset()
    deadline: float = 0.0

    @property
    def fingerprint(self) -> str:
        """32 hex digits: the same for the same verifiers, versions and parameters, in any process."""
        told = json.dumps([self.name, self.version, self.spec, self.depends], sort_keys=True, default=str)
        return hashlib.blake2b(told.encode(), digest_size=16).hexdigest()

    @property
    def declared(self) -> dict[str, Any]:
        """The spec that `load` makes this verifier of."""
        return {type_key: self.name, **self.spec}

    def resolved(self, reference: Mapping[str, Any]) -> tuple[Check, bool]:
        """The check that this reference leads to, and whether that one is pure.

        Raises:
            BadReference: it leads to none.
        """
        check, pure = self.check, self.pure
        if isinstance(check, FromReference):
            check = check.of(reference)
        return check.resolved(reference) if isinstance(check, Verifier) else (check, pure)

    def golds(self, reference: Mapping[str, Any]) -> Iterator[tuple[Verifier, str]]:
        """Completions that must pass, each with the verifier that must pass it: this one, or a part of it.

        They are the reference's `gold` (one text or a list), and what a golden check makes of its answers.

        Raises:
            BadReference: the reference leads to no check.
        """
        given = reference.get(gold_key)
        for told in given if isinstance(given, list) else [given]:
            if isinstance(told, str):
                yield self, told
        check, _ = self.resolved(reference)
        for told in getattr(check, "golds", ()):
            yield self, told
        for part in getattr(check, "parts", ()):
            for whose, told in part.golds({key: reference[key] for key in reference if key != gold_key}):
                yield whose, told

    def prepare(self) -> None:
        """Do now what the first question would have to wait for, such as importing a user's module."""
        for part in getattr(self.check, "parts", ()):
            part.prepare()
        getattr(self.check, "prepare", nothing)()

    def __call__(self, reference: Mapping[str, Any], completion: str) -> Verdict:
        """Judge one completion. Whatever goes wrong inside is an `error`, never a wrong answer."""
        verdict: Any
        try:
            verdict = self.check(reference, completion)
        except BadReference as trouble:
            return Verdict.error(f"{self.name}: {trouble}")
        except Exception as broken:  # noqa: BLE001 - a verifier's bug must not end a run
            return Verdict.error(f"{self.name} broke: {type(broken).__name__}: {broken}")
        if not isinstance(verdict, Verdict):
            return Verdict.error(f"{self.name} broke: it returned {type(verdict).__name__}, no Verdict")
        return verdict


_ENTRIES: dict[str, Entry] = {}


def verifier(
    name: str,
    *,
    version: str = "1",
    pure: bool = True,
    from_reference: bool = True,
    open_ended: bool = False,
    recipe_only: bool = False,
    settings: Sequence[str] = (),
    deadline: float = 0.0,
    prepare: Callable[..., None] | None = None,
    also: Mapping[str, str] | None = None,
) -> Callable[[Factory], Factory]:
    """Register a factory under `name`. Raise `version` whenever a verdict could change.

    The factory raises SpecError where a value makes no sense, with a path that begins at the parameter,
    and MissingReference where it was given too little. A check may have `parts` (verifiers it is made of),
    `golds` (completions that must pass), `pure` (where the entry's word is not the last), `depends` (what
    else its verdicts depend on, such as the hash of a file) and `prepare` (called once, before the first
    question, in a worker's own time).
    """

    def register(factory: Factory) -> Factory:
        if name in OWN and factory.__module__ != OWN[name]:
            raise SpecError(f"{name!r} is a verifier of winnow's own: call yours something else", (type_key,))
        taken = from_reference and not recipe_only
        _ENTRIES[name] = Entry(
            name,
            version,
            factory,
            pure,
            taken,
            open_ended,
            recipe_only,
            frozenset(settings),
            deadline,
            prepare,
            also or {},
        )
        return factory

    return register


def entry_of(name: str) -> Entry | None:
    """The verifier of this name; None where there is none.

    Raises:
        SpecError: a package names it, and cannot be imported.
    """
    if name not in _ENTRIES:
        try:
            bring(name)
        except BrokenPackage as broken:
            raise SpecError(str(broken), (type_key,)) from None
    return _ENTRIES.get(name)


def entries() -> Mapping[str, Entry]:
    """Every verifier by name, all of them imported; those of broken packages are left out."""
    for name in known():
        with suppress(SpecError):
            entry_of(name)
    return _ENTRIES


def names() -> list[str]:
    """Every verifier's name, sorted; none is imported for that."""
    return sorted({*known(), *_ENTRIES})


def load(spec: Mapping[str, Any] | str) -> Verifier:
    """Build the verifier that a spec declares.

    Raises:
        SpecError: no such verifier, or a parameter it does not take; the message names the nearest.
    """
    token = _depth.set(_depth.get() + 1)
    try:
        if _depth.get() > _DEEPEST:
            raise SpecError(f"verifiers are nested more than {_DEEPEST} deep")
        return _load(spec)
    finally:
        _depth.reset(token)


def load_from_row(spec: Mapping[str, Any] | str) -> Verifier:
    """`load` for a spec that a problem brings itself: one that asks the problem again is refused."""
    token = _in_row.set(True)
    try:
        return load(spec)
    finally:
        _in_row.reset(token)


def _load(spec: Mapping[str, Any] | str) -> Verifier:
    if not isinstance(spec, Mapping | str):
        raise SpecError(f"a verifier is a name or a mapping with the key 'type', not {cut(repr(spec), 40)}")
    given = {type_key: spec} if isinstance(spec, str) else {k: v for k, v in spec.items() if v is not None}
    name = given.pop(type_key, None)
    if not isinstance(name, str):
        raise SpecError(f"a verifier needs the key 'type', one of: {', '.join(names())}")
    entry = entry_of(name)
    if entry is None:
        near = difflib.get_close_matches(name, names(), 1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; known: {', '.join(names())}"
        raise SpecError(f"no verifier is called {cut(name, 40)!r}{hint}", (type_key,))
    if _in_row.get() and (entry.open_ended or entry.recipe_only):
        why = "it would never end" if entry.open_ended else "a row of data may name no code that is run"
        raise SpecError(f"{name!r} cannot stand in a problem's own test: {why}", (type_key,))
    examine(entry, given)
    if _in_row.get() and (barred := sorted(entry.settings.intersection(given))):
        raise SpecError(
            f"{barred[0]!r} of {name!r} is for the recipe: no row of data may set it", (barred[0],)
        )
    check = _bind(entry, given)
    parts: tuple[Verifier, ...] = getattr(check, "parts", ())
    pure = getattr(check, "pure", entry.pure) and all(part.pure for part in parts)
    depends = (*(part.fingerprint for part in parts), *getattr(check, "depends", ()))
    modules = frozenset[str]().union(_home(entry), *(part.modules for part in parts))
    deadline = max((entry.deadline, *(part.deadline for part in parts)))
    if entry.open_ended:
        # Any verifier may be asked: a later version of one makes this another verifier. A new one (version
        # 1) does not, since no problem can have been judged by it before.
        askable = [one for _, one in sorted(entries().items()) if not one.recipe_only]
        pure = all(one.pure for one in askable)
        depends = tuple(f"{one.name} {one.version}" for one in askable if one.version != "1")
        modules = frozenset[str]().union(*map(_home, askable))
        deadline = max(one.deadline for one in askable)
    return Verifier(name, entry.version, given, check, pure, depends, modules, deadline)


def _home(entry: Entry) -> frozenset[str]:
    module = entry.factory.__module__
    return frozenset() if module.startswith(f"{_PACKAGE}.") else frozenset({module})


def _bind(entry: Entry, given: Mapping[str, Any]) -> Check:
    missing = [key for key, one in entry.parameters.items() if one.required and key not in given]
    open_keys = [key for key in entry.parameters if key not in given and key not in entry.settings]
    left_open = tuple(open_keys) if entry.from_reference else ()
    if missing and not left_open:
        raise SpecError(f"verifier {entry.name!r} needs the parameter {missing[0]!r}")
    ready: Check | None = None
    why = lacking(entry, missing[0]) if missing else ""
    if not missing:
        try:
            ready = entry.factory(**given)
        except MissingReference as too_little:
            why = str(too_little)
    if ready is not None and not left_open:
        return ready
    return FromReference(entry, dict(given), left_open, ready, why)
