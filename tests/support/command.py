"""The command `winnow`, as a user's shell would start it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.forks import MODULE, Fork

WINNOW = [sys.executable, "-m", MODULE]
_SECONDS = 600


def winnow(
    *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end, in a process of its own; `env` adds to the environment."""
    env = env or {}
    # An interpreter reads its own variables when it starts; and elsewhere there are no pidfds.
    if sys.platform != "linux" or any(key.startswith("PYTHON") for key in env):
        return winnow_afresh(*arguments, cwd=cwd, env=env)
    told = [*map(str, arguments)]
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        fork = Fork(told, cwd, output, errors, {**os.environ, **env})
        if (code := fork.wait(_SECONDS)) is None:
            fork.kill()
            raise subprocess.TimeoutExpired(told, _SECONDS)
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(told, code, output.read(), errors.read())


def winnow_afresh(
    *arguments: str | Path, cwd: Path, env: dict[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """The same, by an interpreter that starts from nothing: a second of CPU time more."""
    return subprocess.run(
        [*WINNOW, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        **more,
    )


def start(*arguments: str | Path, cwd: Path, **more: Any) -> subprocess.Popen[str]:
    """Start the command in a process group of its own, output discarded, so that a test can kill it."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **more}
    return subprocess.Popen(
        [*WINNOW, *map(str, arguments)], cwd=cwd, text=True, start_new_session=True, **quiet
    )
