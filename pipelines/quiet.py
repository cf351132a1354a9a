"""Silence for what libraries say that is of no use to whoever runs a recipe."""

from __future__ import annotations

import logging
import warnings


def quiet_libraries() -> None:
    """Keep distilabel's and its libraries' warnings and INFO lines off the terminal."""
    warnings.filterwarnings("ignore", message=".*UnsupportedFieldAttributeWarning.*")
    warnings.filterwarnings("ignore", module=r"pydantic\..*")
    for name in ("distilabel", "httpx", "httpx2", "httpcore", "datasets", "filelock"):
        logging.getLogger(name).setLevel(logging.ERROR)
