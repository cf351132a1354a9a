"""Two schedulers, one recipe, the same moment; `benchmarks/schedulers.py` has them race fifty times."""

from __future__ import annotations

from pathlib import Path

from support.fingerprints import asked
from support.rivals import Rivals

ROUNDS = 5


def test_one_runs_and_the_other_gives_way(tmp_path: Path) -> None:
    """Who ran was killed each time, and was succeeded."""
    with Rivals(tmp_path) as rivals:
        for _ in range(ROUNDS):
            rivals.race()
        rivals.finish()
    assert min(rivals.took) < 30.0, rivals.took  # nobody waits for another to be silent for a minute
    assert asked(tmp_path / "runs/sums")["len"].to_list() == [2] * 8
