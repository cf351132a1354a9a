"""Recipes whose searches a scripted server and a reward function lead, and what a ledger has of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.recipes import write_sums

from winnow.steps.ledger import Ledger
from winnow.steps.storage.url import ledger_of

PRM = """
def good(completions, **columns):
    return [(said.count("river") + 1) / (len(said.split()) + 3) for said in completions]
"""


def write_search(folder: Path, url: str, search: dict[str, Any], count: int = 4, **engine: Any) -> Path:
    """A recipe that searches; `url` is that of a server whose script says `steps`."""
    (folder / "prm.py").write_text(PRM)
    asked = {"type": "endpoint", "base_url": url, "model": "m", **engine}
    sample = {"engine": asked, "max_tokens": 64, "search": search}
    score = {"type": "function", "function": f"{folder}/prm.py:good"}
    return write_sums(folder, count=count, sample=sample, score=score)


def trees(run: Path) -> dict[str, list[tuple[object, ...]]]:
    """The steps of a run's searches and their scores, and the rollouts, with multiplicity."""
    ledger = Ledger(ledger_of(run))
    kept = {
        "nodes": ("id", "place", "text", "ended"),
        "node_rewards": ("problem", "place", "fingerprint", "reward"),
        "rollouts": ("id", "text", "status"),
    }
    return {
        table: sorted(ledger.scan(table).select(*columns).collect().rows()) for table, columns in kept.items()
    }
