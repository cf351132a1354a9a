"""Rows that stand in the recipe itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import ConfigDict, Field

from winnow.steps.source.mapping import MappedSource


class InlineSource(MappedSource):
    """`{type: inline, prompt: q, reference: {answer: a}, rows: [{q: "What is 2 + 2?", a: "4"}]}`.

    In Python the rows are the field `given`, since `rows` is what every source answers with.
    """

    model_config = ConfigDict(populate_by_name=True)

    type: Literal["inline"]
    given: list[Any] = Field(alias="rows", min_length=1)

    def raw(self) -> Iterator[tuple[int, Any]]:
        yield from enumerate(self.given, 1)
