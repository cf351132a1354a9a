"""Distilabel steps of somebody else's, for recipes that name them by import path."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from distilabel.steps import GlobalStep, Step, StepInput


class Count(Step):  # type: ignore[misc]
    """Adds how many generations a row has, times `factor`."""

    factor: int = 1

    @property
    def inputs(self) -> list[str]:
        return ["generations"]

    @property
    def outputs(self) -> list[str]:
        return ["count"]

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        yield [{**row, "count": self.factor * len(row["generations"])} for row in inputs]


class Moody(Count):
    """Raises for one row, and gives another twice."""

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        (row,) = inputs
        if row["id"] == "1":
            raise ArithmeticError("not this one")
        yield [row, row] if row["id"] == "2" else [{**row, "count": 0}]


class Empty(Count):
    """Writes down how many generations of each row are empty."""

    path: str = ""

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        for row in inputs:
            with Path(self.path).open("a") as file:
                file.write(f"{row['generations'].count('')}\n")
        yield [{**row, "count": 0} for row in inputs]


class NoStep:
    """Not a distilabel step at all."""


class Heavy(Count):
    """Needs something that is not there."""

    def load(self) -> None:
        super().load()
        raise OSError("no weights here")


class Whole(GlobalStep):  # type: ignore[misc]
    """Wants all rows at once."""

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        yield inputs


class Clinging(Count):
    """Does its work, and does not unload."""

    def unload(self) -> None:
        super().unload()
        raise OSError("still in use")
