"""What a trainer is to winnow: which datasets it takes, in which columns, and by what configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from winnow.steps.build.reading import Origin

LENGTH = 4096
"""Tokens that an example may have in every configuration: the defaults of trainers cut at 1,024, silently."""


@dataclass(frozen=True, slots=True)
class Data:
    """An exported dataset: its kind, and rows and path (below the export's folder) of each split."""

    kind: str
    paths: Mapping[str, str]
    rows: Mapping[str, int]

    @property
    def folder(self) -> str:
        return f"./data/{self.kind}"


@dataclass(frozen=True, slots=True)
class Setting:
    """What configurations are made of, beside the data."""

    name: str
    model: str
    origins: tuple[Origin, ...]
    is_mix: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """How a trainer takes one kind of dataset.

    `columns` are what it reads, by name, made of a build's columns (`optional`: only where the build has
    them); `fits` tells which rows it can read at all, and `needs` that in words. `config` is the
    configuration as plain data, `command` what runs it inside the export's folder. `shuffled` lets the
    problems take turns, one row each, in the order of hashes, where the order of a build does harm.
    """

    columns: Mapping[str, pl.Expr]
    config: Callable[[Data, Setting], dict[str, Any]]
    command: str
    optional: Sequence[str] = ()
    fits: pl.Expr | None = None
    needs: str = ""
    shuffled: bool = False
    version: str | None = None  # where this kind needs another than the trainer's own
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trainer:
    """A trainer: `package` and `version` that its exports were tried with, and the kinds that it takes.

    `more` gives files beside the configurations, as text by name; `notes` stand in the README;
    `reads_thoughts` is whether it gives fields of messages beyond role and content to the chat template.
    """

    name: str
    package: str
    version: str
    kinds: Mapping[str, Kind]
    model_key: str
    reads_thoughts: bool = False
    more: Callable[[Sequence[Data], Setting], dict[str, str]] = lambda datas, setting: {}
    notes: Sequence[str] = field(default=())
