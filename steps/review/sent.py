"""Whether rows of a run are with people: sent to a server, and what was said of them not read since."""

from __future__ import annotations

import json
from pathlib import Path

from winnow.steps.errors import UsageError
from winnow.steps.files import write_json
from winnow.steps.review.config import ArgillaConfig

FILE = "reviews.json"
"""In a run's folder: by workspace and dataset, whether somebody has still to read what people said there."""


def mark(run: Path, config: ArgillaConfig, *, out: bool) -> None:
    """Keep that rows go out to a dataset of Argilla, or that what people said there is in the ledger.

    Raises:
        MissingError: the folder cannot be written.
        UsageError: what stands there is none.
    """
    path = run / FILE
    write_json(path, dict(sorted({**_read(path), f"{config.workspace}/{config.dataset}": out}.items())))


def is_out(run: Path) -> bool:
    """Whether people have rows of it that nobody read back since.

    Raises:
        UsageError: what stands there is none.
    """
    return any(_read(run / FILE).values())


def _read(path: Path) -> dict[str, bool]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as broken:
        raise UsageError(f"{path} cannot be read: {broken}. Move it away: reviews do without it") from None
    if not isinstance(told, dict):
        raise UsageError(f"{path} is no object of datasets: move it away, reviews do without it")
    return told
