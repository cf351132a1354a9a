"""What has the ledger's tables: the ledger itself, or a part of it."""

from __future__ import annotations

from typing import Protocol

import polars as pl


class Tables(Protocol):
    """Lazy views of the tables of `winnow.steps.ledger.schema` by name, such as `problems`."""

    def scan(self, table: str) -> pl.LazyFrame: ...
