"""The command `winnow`, as a user's shell would start it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

WINNOW = [sys.executable, "-m", "winnow.pipelines.cli"]


def winnow(*arguments: str | Path, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the command to its end; `env` adds to the environment."""
    env = {**os.environ, **more.pop("env", {})}
    return subprocess.run(
        [*WINNOW, *map(str, arguments)], cwd=cwd, env=env, capture_output=True, text=True, timeout=240, **more
    )


def start(*arguments: str | Path, cwd: Path, **more: Any) -> subprocess.Popen[str]:
    """Start the command in a process group of its own, output discarded, so that a test can kill it."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **more}
    return subprocess.Popen(
        [*WINNOW, *map(str, arguments)], cwd=cwd, text=True, start_new_session=True, **quiet
    )
