"""The recipes that ship, line by line: each file as it is, and beneath it what each of its keys means."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import yaml

from docsite.keys import anchor, cell
from docsite.models import Model, keys, kind_of
from docsite.places import ROOT, fence
from winnow.pipelines.recipe import Recipe

FOLDER = ROOT / "pipelines/recipes"


def recipe_pages() -> Iterator[tuple[str, str]]:
    """Each recipe's page: its path in the site, and its text."""
    for path in sorted(FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        rows = "\n".join(_row(*one) for one in lines(yaml.safe_load(text), Recipe))
        parts = [f"# {path.stem}", fence(text, f"pipelines/recipes/{path.name}")]
        parts.append(f"## Line by line\n| key | here | meaning |\n|---|---|---|\n{rows}\n")
        parts.append("All that could stand there besides: [every key of a recipe](../keys.md).\n")
        yield f"recipes/{path.stem}.md", "\n".join(parts)


def lines(data: dict[str, Any], model: Model, place: str = "") -> Iterator[tuple[str, Any, str, Model]]:
    """Each key that stands in a part of a recipe: its place, its value, its meaning, and the part's model.

    >>> for key, value, meaning, _ in lines({"name": "sums", "verify": {"type": "number"}}, Recipe):
    ...     print(key, value, meaning.split(",")[0])
    name sums What the run's folder below `runs/` is called.
    verify {'type': 'number'} Which verifier decides
    """
    known = {key.name: key for key in keys(model)}
    for name, value in data.items():
        key, here = known[name], f"{place}.{name}".lstrip(".")
        below = [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
        if not key.models or not below:
            yield here, value, key.meaning, model
        for part in below if key.models else []:
            inside = next((one for one in key.models if kind_of(one) == part.get("type")), key.models[0])
            yield from lines(part, inside, here)


def _row(place: str, value: Any, meaning: str, model: Model) -> str:
    if place == "verify":
        told = f"{meaning} [Which there are](../verifiers.md)"
    elif place.endswith(".type"):
        told = f"[All keys of this one](../keys.md#{anchor(model)})"
    else:
        told = meaning
    return f"| `{place}` | `{cell(_spelled(value))}` | {cell(told)} |"


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
