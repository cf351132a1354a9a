"""The ledger: everything ever sampled and judged, append-only, as Delta tables."""

import os

# Before Arrow is loaded: its own allocator keeps 40 MB that nobody uses (docs/decisions/0014-memory.md).
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

from winnow.steps.ledger.store import Ledger
from winnow.steps.ledger.writer import LedgerWriter

__all__ = ["Ledger", "LedgerWriter"]
