"""Labelled reasoning steps in the forms that others publish them in, each read and written line by line."""

from __future__ import annotations

from winnow.steps.process.formats.chain import Chain, Format, read_chains
from winnow.steps.process.formats.math_shepherd import MATH_SHEPHERD
from winnow.steps.process.formats.prm800k import PRM800K
from winnow.steps.process.formats.processbench import PROCESSBENCH

FORMATS: dict[str, Format] = {one.name: one for one in (PRM800K, MATH_SHEPHERD, PROCESSBENCH)}
"""Every format by its name."""

__all__ = ["FORMATS", "Chain", "Format", "read_chains"]
