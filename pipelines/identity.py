"""May a recipe go on in a folder that an earlier one made?

It may when it asks the same questions of the same model in the same way, or more of them. How often it asks,
who judges and what is built is free to change.
"""

from __future__ import annotations

from typing import Any

from winnow.steps.records import canonical

_FREE = {"sample": ("n", "until", "max_n", "budget", "target", "engine"), "source": ("on_bad_row",)}
_MAY_GROW = ("rows", "limit", "families", "per_family")
_MODEL = ("model", "path", "api")  # of an engine: what answers, not where it runs


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What makes `after` another recipe than `before`, both as plain data; nothing, where it may go on.

    >>> differences({"sample": {"temperature": 0.8, "n": 4}}, {"sample": {"temperature": 0.8, "n": 8}})
    []
    >>> differences({"sample": {"temperature": 0.8}}, {"sample": {"temperature": 1.0}})
    ['sample.temperature was 0.8 and is 1.0']
    """
    found: list[str] = []
    for part, free in _FREE.items():
        old, new = before.get(part, {}), after.get(part, {})
        changed = [
            key for key in sorted({*old, *new} - set(free)) if not _goes_on(key, old.get(key), new.get(key))
        ]
        found += [_line(f"{part}.{key}", old.get(key), new.get(key)) for key in changed]
    old, new = (recipe.get("sample", {}).get("engine", {}) for recipe in (before, after))
    changed = [key for key in _MODEL if old.get(key) != new.get(key)]
    return found + [_line(f"sample.engine.{key}", old.get(key), new.get(key)) for key in changed]


def _goes_on(key: str, old: Any, new: Any) -> bool:
    if old == new:
        return True
    if key not in _MAY_GROW:
        return False
    if isinstance(old, list) and isinstance(new, list):
        kept = {canonical(one) for one in new}
        return all(canonical(one) in kept for one in old)
    return new is None or (old is not None and new >= old)


def _line(path: str, old: Any, new: Any) -> str:
    return f"{path} was {_short(old)} and is {_short(new)}"


def _short(value: Any) -> str:
    told = "not set" if value is None else canonical(value)
    return told if len(told) <= 80 else told[:79] + "…"
