"""Where verifiers come from: winnow's own modules, and packages that name theirs by an entry point.

A module is imported when one of its verifiers is asked for, so that a worker starts in a blink and a broken
package troubles those alone who use it.
"""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "winnow.verifiers"
"""The group of entry points: `name = module`, where importing the module registers the verifier `name`."""

_PACKAGE = "winnow.verifiers"
_MODULES = {
    "bridge.gym": ("reasoning_gym",),
    "bridge.python": ("python",),
    "bridge.reward": ("reward",),
    "code.stdio": ("stdio",),
    "code.unit_tests": ("unit_tests",),
    "combine": ("all", "any", "not", "per_problem"),
    "formal.coq": ("coq",),
    "formal.lean": ("lean",),
    "formal.smt": ("smt",),
    "golden.choice": ("choice",),
    "golden.exact": ("exact",),
    "golden.math.verifier": ("math",),
    "golden.number": ("number",),
    "golden.text": ("text",),
    "golden.unjudged": ("answer",),
    "sql.judge": ("sql",),
    "strict.characters": ("character_count", "forbidden_characters"),
    "strict.ifeval.judge": ("ifeval",),
    "strict.json_object": ("json_object",),
    "strict.json_schema": ("json_schema",),
    "strict.letter_case": ("letter_case",),
    "strict.lines": ("line_count", "paragraph_count"),
    "strict.list_items": ("list_items",),
    "strict.regex": ("regex",),
    "strict.sentences": ("sentence_count",),
    "strict.starts_ends": ("starts_with", "ends_with"),
    "strict.words": ("word_count", "required_words", "forbidden_words"),
}
OWN = {name: f"{_PACKAGE}.{module}" for module, names in _MODULES.items() for name in names}
"""The module of each verifier that comes with winnow."""


class BrokenPackage(ImportError):
    """A package says that it has a verifier, and cannot be imported."""


def known() -> set[str]:
    """The names of all verifiers that could be imported."""
    return {*OWN, *_points()}


def bring(name: str) -> None:
    """Import the module that registers `name`, where one is known to; winnow's own names are its own.

    Raises:
        BrokenPackage: a package names it, and cannot be imported.
    """
    if name in OWN:
        importlib.import_module(OWN[name])
    elif point := _points().get(name):
        try:
            importlib.import_module(point.module)
        except Exception as broken:
            package = point.dist.name if point.dist else point.module
            raise BrokenPackage(
                f"the package {package!r} says that it has the verifier {name!r}, but importing "
                f"{point.module!r} fails: {type(broken).__name__}: {broken}"
            ) from broken


@lru_cache(1)
def _points() -> dict[str, EntryPoint]:
    from importlib.metadata import entry_points  # a third of what the start of a worker takes

    return {point.name: point for point in entry_points(group=GROUP)}
