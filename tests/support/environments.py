"""Environments of their own, for tests of what cannot stand in ours; kept between runs."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command to its end, and show all it said where it fails."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def cached(name: str) -> tuple[Path, bool]:
    """A folder for an environment, and whether it was finished by an earlier run; older ones are removed."""
    told = [(ROOT / file).read_bytes() for file in ("pyproject.toml", "constraints.txt")]
    key = hashlib.sha256(b"\0".join([*told, sys.version.encode()])).hexdigest()[:12]
    folder = ROOT / f".venv-heavy-{name}-{key}"
    ready = (folder / "ready").exists()
    for old in ROOT.glob(f".venv-heavy-{name}-*"):
        if old != folder or not ready:
            shutil.rmtree(old)
    return folder, ready
