"""The trainers that winnow exports to: the one table of who takes what."""

from __future__ import annotations

from winnow.steps.errors import UsageError
from winnow.steps.export.axolotl import AXOLOTL
from winnow.steps.export.llamafactory import LLAMAFACTORY
from winnow.steps.export.torchtune import TORCHTUNE
from winnow.steps.export.trainer import Trainer
from winnow.steps.export.trl import TRL
from winnow.steps.process.formats import FORMATS

TRAINERS = {trainer.name: trainer for trainer in (TRL, AXOLOTL, LLAMAFACTORY, TORCHTUNE)}


def trainer_of(name: str) -> Trainer:
    """The trainer of this name.

    Raises:
        UsageError: there is none.
    """
    if name not in TRAINERS:
        raise UsageError(f"--for {name}: no such trainer: use {', '.join((*TRAINERS, *FORMATS))}")
    return TRAINERS[name]
