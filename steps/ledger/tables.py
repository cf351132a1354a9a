"""What has the ledger's tables: the ledger itself, or a part of it."""

from __future__ import annotations

from typing import Protocol

import polars as pl


class Tables(Protocol):
    """Lazy views of tables by name (`problems`, `completions`, `verdicts`, `rewards`, `events`)."""

    def scan(self, table: str) -> pl.LazyFrame: ...
