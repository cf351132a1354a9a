"""File systems that a test mounts, where the machine lets it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest


def mounted(*how: str | Path) -> bool:
    """Whether `mount` did it, told how by its own arguments."""
    return subprocess.run(["mount", *how], check=False, capture_output=True).returncode == 0


def mount(*how: str | Path) -> None:
    """Mount something, or skip the test."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("mounting a file system needs root")
    if not mounted(*how):
        pytest.skip("this machine does not let us mount a file system")
