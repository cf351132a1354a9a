"""Which keys a place in a recipe may have, and which of them was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, get_args

from pydantic import BaseModel


def known_keys(model: type[BaseModel], data: Any, path: Sequence[str | int]) -> list[str]:
    """The keys of the model that stands at `path`; `data` decides between the members of a union."""
    models = [model]
    for part in path:
        if isinstance(part, int):
            data = data[part] if isinstance(data, list) else None
        else:
            data = data.get(part) if isinstance(data, dict) else None
            below = [field for name, field in model.model_fields.items() if part in (name, field.alias)]
            models = _models_of(below[0].annotation) if below else []
        if isinstance(data, list):  # what stands in it decides
            continue
        tag = data.get("type") if isinstance(data, dict) else None
        tagged = [one for one in models if _tag(one) is None or _tag(one) == tag]
        if not tagged:
            return []
        model = tagged[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def types_at(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The values that `type` may have at `path`, where it decides between the members of a union."""
    for part in path[:-1]:
        field = model.model_fields.get(str(part))
        models = _models_of(field.annotation) if field else []
        if not models:
            return []
        model = models[0]
    field = model.model_fields.get(str(path[-1])) if path else None
    return [str(_tag(one)) for one in _models_of(field.annotation)] if field else []


def suggestion(found: str, known: Sequence[str]) -> str:
    """`did you mean ...?` where one is near, else all there are.

    >>> suggestion("temprature", ["temperature", "top_p"])
    "did you mean 'temperature'?"
    >>> suggestion("zzz", ["n", "until"])
    'known here: n, until'
    """
    near = difflib.get_close_matches(found, known, 1)
    return f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known) or 'nothing'}"


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models_of(part)]


def _tag(model: type[BaseModel]) -> Any:
    field = model.model_fields.get("type")
    values = get_args(field.annotation) if field else ()
    return values[0] if values else None
