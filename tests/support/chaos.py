"""Runs that are killed at random moments, again and again, until they come to their end."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from support.fingerprints import keys, outcomes
from support.killing import start_winnow


def finish(folder: Path) -> None:
    process = start_winnow("run", "recipe.yaml", cwd=folder)
    process.join(600)
    assert process.exitcode == 0, (folder / "output.txt").read_text()


@dataclass
class Chaos:
    """Kills runs in one folder after another, until there were as many kills as asked for.

    A run takes `calm` seconds when nobody disturbs it; each is killed somewhere within that time. Where the
    machine was busy when that was measured, one that ends sooner tells.
    `after_each` is called after every death and every end.
    """

    calm: float
    dice: random.Random
    folders: Iterator[Path]
    after_each: Callable[[Path], None]
    kills: int = 0
    finished: list[Path] = field(default_factory=list)

    def go(self, kills: int) -> None:
        while self.kills < kills:
            folder = next(self.folders)
            while self.kills < kills and not self._ended(folder):
                self.kills += 1
                self.after_each(folder)
            finish(folder)
            self.after_each(folder)
            self.finished.append(folder)

    def _ended(self, folder: Path) -> bool:
        """Whether a run came to its end before the moment chosen for its death."""
        is_first, began = not (folder / "output.txt").exists(), time.monotonic()
        process = start_winnow("run", "recipe.yaml", cwd=folder)
        process.join(self.dice.uniform(0.0, self.calm))
        if ended := process.exitcode is not None:
            self.calm = min(self.calm, time.monotonic() - began) if is_first else self.calm
        process.kill()
        process.join()
        return ended


def calm_run(folder: Path) -> float:
    started = time.monotonic()
    finish(folder)
    return time.monotonic() - started


def folders(root: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    at = 0
    while True:
        folder = root / f"run{at}"
        folder.mkdir()
        make(folder)
        yield folder
        at += 1


def assert_equal(chaotic: list[Path], calm: Path) -> None:
    for folder in chaotic:
        told = keys(folder / "runs/sums")
        assert told == keys(calm / "runs/sums")
        assert all(len(ids) == len(set(ids)) for ids in told.values())
        assert outcomes(folder / "runs/sums") == outcomes(calm / "runs/sums")
        builds = [next((one / "runs/sums/builds").iterdir()).name for one in (folder, calm)]
        assert builds[0] == builds[1]
