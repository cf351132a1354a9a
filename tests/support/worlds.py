"""Answers of which it is known which reasoning step is the first bad one, and what rollouts would find."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from winnow.steps.process.config import LabelConfig
from winnow.steps.process.labelling import Labels, Owed, Undecided, look
from winnow.verifiers.verdict import Status


@dataclass
class World:
    """An answer whose step number `error` is the first bad one: from before it a rollout passes with the
    chance `good`, from behind it with the chance `lucky`."""

    steps: int
    error: int
    dice: random.Random
    good: float = 0.5
    lucky: float = 0.0
    rollouts: dict[int, dict[int, Status]] = field(default_factory=dict)

    @property
    def asked(self) -> int:
        return sum(map(len, self.rollouts.values()))

    def roll(self, prefix: int) -> Status:
        chance = self.good if prefix <= self.error else self.lucky
        return Status.PASS if self.dice.random() < chance else Status.FAIL

    def judged(self, dice: random.Random, accuracy: float) -> int:
        """Which step a judge takes for the first bad one: it is right so often, and else names any other one,
        or none (which is the number of steps)."""
        others = [place for place in range(self.steps + 1) if place != self.error]
        return self.error if dice.random() < accuracy else dice.choice(others)

    def labels(self, config: LabelConfig) -> Labels | Undecided:
        while isinstance(found := look(self.steps, self.rollouts, config), Owed):
            for prefix, indices in found.of.items():
                for index in indices:
                    assert index not in self.rollouts.setdefault(prefix, {})
                    self.rollouts[prefix][index] = self.roll(prefix)
        return found


def worlds(count: int, lucky: float = 0.001) -> list[World]:
    dice = random.Random(9)
    lengths = [dice.randint(4, 16) for _ in range(count)]
    return [
        World(steps, dice.randrange(steps), dice, good=dice.uniform(0.3, 0.9), lucky=lucky)
        for steps in lengths
    ]
