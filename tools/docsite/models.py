"""The models of a recipe: where each stands in it; type, default and meaning of each of its keys.

A key's meaning is the docstring under it or, without one, the sentences of its class that name it.
"""

from __future__ import annotations

import ast
import inspect
import re
import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from winnow.pipelines.recipe import Recipe

Model = type[BaseModel]
PLAIN = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
    dict: "mapping",
    Any: "anything",
}
_LIMITS = {"ge": "at least", "gt": "over", "le": "at most", "lt": "under"}


@dataclass(frozen=True)
class Key:
    """One key of a part of a recipe; `models` are those that may stand behind it."""

    name: str
    type: str
    default: str
    meaning: str
    models: tuple[Model, ...]


@cache
def parts() -> dict[Model, str]:
    """Every model of a recipe, in order, and where it first stands: `sample.until`, or `source: jsonl`.

    >>> [place for place in parts().values()][:3]
    ['', 'source: jsonl', 'source: parquet']
    """
    found: dict[Model, str] = {Recipe: ""}
    _walk(Recipe, "", found)
    return found


def _walk(model: Model, place: str, found: dict[Model, str]) -> None:
    below = []
    for name, field in model.model_fields.items():
        inside = f"{place.partition(':')[0]}.{field.alias or name}".lstrip(".")
        for one in models_in(field.annotation):
            if one not in found:
                found[one] = f"{inside}: {kind}" if (kind := kind_of(one)) else inside
                below.append(one)
    for one in below:
        _walk(one, found[one], found)


def kind_of(model: Model) -> str | None:
    """What stands behind `type` in a part of this kind."""
    field = model.model_fields.get("type")
    return str(typing.get_args(field.annotation)[0]) if field and typing.get_args(field.annotation) else None


def models_in(annotation: Any) -> list[Model]:
    """The models that a type names, in order."""
    if isinstance(annotation, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()):
        return models_in(annotation.__value__)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    found = [one for part in typing.get_args(annotation) for one in models_in(part)]
    return list(dict.fromkeys(found))


def keys(model: Model) -> Iterator[Key]:
    """The keys of a part, as a recipe spells them."""
    for name, field in model.model_fields.items():
        told = field.alias or name
        yield Key(
            told, _type(field), _default(field), meaning(model, name), tuple(models_in(field.annotation))
        )


def meaning(model: Model, name: str) -> str:
    """What a key says, or nothing where nobody said.

    >>> from winnow.steps.engine.llamacpp import LlamacppConfig
    >>> meaning(LlamacppConfig, "threads")
    '`threads` is by default the number of processors that we may use.'
    """
    if name == "type":
        return "what this is"
    field = model.model_fields[name]
    if field.description:
        return field.description
    owners = [one for one in model.__mro__ if name in inspect.get_annotations(one)]
    for owner in owners:
        if told := _docstrings(owner).get(name):
            return told
    spelled = re.compile(rf"`{re.escape(field.alias or name)}[`:]")
    for owner in (*owners, model):
        said = [one for one in sentences(inspect.getdoc(owner) or "") if spelled.search(one)]
        if said:
            return " ".join(said)
    return ""


def sentences(text: str) -> list[str]:
    """The sentences of a docstring, each on one line.

    >>> sentences("Adds `a`, i.e. one. `b` is taken\\n\\naway.")
    ['Adds `a`, i.e. one.', '`b` is taken', 'away.']
    """
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n")]
    return [one for part in paragraphs for one in re.split(r"(?<=[.])\s(?=`|[A-Z])", part) if one]


@cache
def _docstrings(model: type) -> dict[str, str]:
    """The docstrings under the fields of a class, by field."""
    (tree,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    found = {}
    for node, after in zip(tree.body, tree.body[1:], strict=False):
        is_text = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and is_text:
            found[node.target.id] = " ".join(str(after.value.value).split())  # type: ignore[attr-defined]
    return found


def _type(field: FieldInfo) -> str:
    limits = [
        f"{word} {getattr(one, name):,}"
        for one in field.metadata
        for name, word in _LIMITS.items()
        if getattr(one, name, None) is not None and abs(getattr(one, name)) != float("inf")
    ]
    return ", ".join([spelled(field.annotation), *limits])


def spelled(annotation: Any) -> str:
    """A type in words.

    >>> spelled(list[str] | None), spelled(Literal["a", "b"]), spelled(dict[str, float])
    ('list of texts', '`a`, `b`', 'mapping to number')
    """
    if annotation in PLAIN:
        return PLAIN[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "part"
    origin, inside = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in inside)
    if origin is typing.Annotated:
        return spelled(inside[0])
    if origin in (typing.Union, types.UnionType):
        told = dict.fromkeys(spelled(one) for one in inside if one is not types.NoneType)
        return " or ".join(told)
    if origin is list:
        told = spelled(inside[0])
        return f"list of {told}" if told.startswith("`") or told == "anything" else f"list of {told}s"
    if origin is dict:
        return f"mapping to {spelled(inside[1])}" if inside[1] is not Any else "mapping"
    if isinstance(annotation, type):
        return annotation.__name__
    return spelled(annotation.__value__) if hasattr(annotation, "__value__") else str(annotation)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        return "its defaults"
    if value is None:
        return "none"
    if value in ([], {}):
        return "empty"
    if isinstance(value, str) and len(value) > 40:
        return "see the reference"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value:,}`" if isinstance(value, int | float) else f"`{value}`"
