"""What is registered of a verifier, and what can be wrong with what it is given."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from winnow.verifiers.parameters import Parameter, culprit, fits, parameters_of, wanted
from winnow.verifiers.verdict import Verdict, cut

Check = Callable[[Mapping[str, Any], str], Verdict]
Factory = Callable[..., Check]


class SpecError(ValueError):
    """A spec that names no verifier, or gives it a parameter it does not take.

    `path` leads to the culprit inside the spec, for whoever knows the line it came from.
    """

    def __init__(self, message: str, path: tuple[str | int, ...] = ()) -> None:
        super().__init__(message)
        self.path = path


class BadReference(ValueError):
    """The reference holds something that the verifier cannot use: our trouble, never the candidate's."""


class MissingReference(BadReference):
    """Neither the spec nor the reference gives what the verifier needs."""


@dataclass(frozen=True)
class Entry:
    """One registered verifier.

    `pure`: the same reference and completion always get the same verdict. `from_reference`: what the spec
    leaves open is read from the reference; `also` names a second key there for a parameter. `open_ended`:
    the reference may name any verifier. `recipe_only`: it runs what its parameters name, so a reference,
    which may be anybody's data, can neither set them nor name this verifier; `settings` are parameters of
    which the same holds, one by one. `deadline`: seconds that one completion may take where that is more
    than the pool grants. `prepare` is called once before the first question, in a worker's own time, with the
    settings that are given.
    """

    name: str
    version: str
    factory: Factory
    pure: bool = True
    from_reference: bool = True
    open_ended: bool = False
    recipe_only: bool = False
    settings: frozenset[str] = frozenset()
    deadline: float = 0.0
    prepare: Callable[..., None] | None = None
    also: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        return parameters_of(self.factory)


def examine(entry: Entry, given: Mapping[str, Any]) -> None:
    """Raises SpecError where `given` holds what the verifier does not take, or of another type."""
    known = entry.parameters
    for key, value in given.items():
        if key not in known:
            near = difflib.get_close_matches(str(key), known, 1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; it takes: {', '.join(known) or 'none'}"
            raise SpecError(f"verifier {entry.name!r} has no parameter {cut(repr(key), 40)}{hint}", (key,))
        if not fits(known[key].hint, value):
            place, found = culprit(known[key].hint, value)
            where = ".".join(map(str, (key, *place)))
            expected = "text" if place else wanted(known[key].hint)
            wrong = f"expected {expected}, found {cut(repr(found), 40)}"
            raise SpecError(f"verifier {entry.name!r}, parameter {where!r}: {wrong}", (key, *place))
