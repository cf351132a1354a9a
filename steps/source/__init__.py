"""Sources: where problems come from."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from winnow.steps.source.base import Source
from winnow.steps.source.csv_file import CsvSource
from winnow.steps.source.gym import GymSource
from winnow.steps.source.hub import HubSource
from winnow.steps.source.inline import InlineSource
from winnow.steps.source.jsonl import JsonlSource
from winnow.steps.source.parquet import ParquetSource
from winnow.steps.source.tasks.source import TasksSource

AnySource = Annotated[
    JsonlSource | ParquetSource | CsvSource | HubSource | InlineSource | TasksSource | GymSource,
    Field(discriminator="type"),
]

__all__ = [
    "AnySource",
    "CsvSource",
    "GymSource",
    "HubSource",
    "InlineSource",
    "JsonlSource",
    "ParquetSource",
    "Source",
    "TasksSource",
]
