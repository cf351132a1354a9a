"""Two schedulers start the same recipe at the same moment, again and again.

Each time exactly one runs, and the other exits 75 and names it; who runs is killed (SIGKILL), and the next
two find the folder free. At the end one run, alone, comes to its end. Prints how long those took that lost.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from support.rivals import Rivals


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=50)
    with tempfile.TemporaryDirectory() as folder, Rivals(Path(folder)) as rivals:
        rounds = parser.parse_args().rounds
        for _ in range(rounds):
            rivals.race()
        rivals.finish()
        took = sorted(rivals.took)
        print(f"{rounds} rounds: one of two ran in each, {len(took)} exits with 75")
        print(f"seconds of those who lost: median {took[len(took) // 2]:.2f}, most {took[-1]:.2f}")


if __name__ == "__main__":
    main()
