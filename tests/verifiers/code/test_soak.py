"""A short soak: nothing leaks, and honest verdicts stay what they are on a busy machine."""

import subprocess
import sys
from pathlib import Path

SOAK = Path(__file__).parents[3] / "benchmarks/sandbox_soak.py"


def test_nothing_leaks_and_no_honest_verdict_changes() -> None:
    done = subprocess.run(
        [sys.executable, SOAK, "--checks", "240", "--load"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "as they should be: 0" in done.stdout
