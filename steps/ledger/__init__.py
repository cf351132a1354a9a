"""The ledger: everything ever sampled and judged, append-only, as Delta tables."""

from winnow.steps.ledger.store import Ledger
from winnow.steps.ledger.writer import LedgerWriter

__all__ = ["Ledger", "LedgerWriter"]
