"""Every key of a recipe on one page, from the models that read recipes."""

from __future__ import annotations

import inspect

from docsite.models import Key, Model, keys, parts, sentences

HEAD = """# Every key of a recipe
What may stand in a recipe, part by part, made from the models that read it. A key that stands in no table is
refused, with the nearest right one; `winnow validate RECIPE` says so in less than a second. What verifiers
take is with [the verifiers](verifiers.md).
"""


def keys_page() -> str:
    """The page, in Markdown."""
    return "\n".join([HEAD, *(_part(model, place) for model, place in parts().items())])


def missing() -> list[str]:
    """Keys of which nobody says what they mean."""
    return [f"{model.__name__}.{key.name}" for model in parts() for key in keys(model) if not key.meaning]


def anchor(model: Model) -> str:
    """Where a part stands on the page."""
    return model.__name__.lower()


def _part(model: Model, place: str) -> str:
    title = f"`{place}`" if place else "The recipe"
    said = " ".join(sentences((inspect.getdoc(model) or "").partition("\n\n")[0]))
    rows = [_row(key) for key in keys(model)]
    table = ["| key | type | default | meaning |", "|---|---|---|---|", *rows]
    return "\n".join([f'<a id="{anchor(model)}"></a>', "", f"## {title}", said, "", *table, ""])


def _row(key: Key) -> str:
    links = ", ".join(f"[{_short(one)}](#{anchor(one)})" for one in key.models)
    told = key.type if not links else f"{key.type}: {links}"
    return f"| `{key.name}` | {cell(told)} | {cell(key.default)} | {cell(key.meaning)} |"


def _short(model: Model) -> str:
    place = parts()[model]
    return place.rpartition(": ")[2] if ": " in place else place.rpartition(".")[2]


def cell(text: str) -> str:
    """A text as a cell of a table."""
    return text.replace("|", "\\|")
