"""`winnow review serve`, as far as nothing need be installed for it."""

from __future__ import annotations

import socket
from pathlib import Path

from support.command import winnow


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = winnow("review", "serve", "--port", str(port), "--env", "env", cwd=tmp_path)
    assert done.returncode == 3
    assert f"port {port} of 127.0.0.1: Address already in use" in done.stderr
    assert not list(tmp_path.iterdir())  # nothing was installed for it


def test_no_folder_of_others_becomes_an_environment(tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "pyvenv.cfg").write_text("home = /usr/bin\n")
    done = winnow("review", "serve", "--port", "0", "--env", "theirs", cwd=tmp_path)
    assert done.returncode == 3
    assert "is no environment of Argilla's server, and not empty" in done.stderr
    assert [file.name for file in theirs.iterdir()] == ["pyvenv.cfg"]


def test_what_cannot_be_installed_is_said(tmp_path: Path) -> None:
    """pip is told to look nowhere."""
    env = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
    done = winnow("review", "serve", "--port", "0", "--env", "env", cwd=tmp_path, env=env)
    assert done.returncode == 3
    assert "Argilla's server cannot be installed" in done.stderr
    assert "Traceback" not in done.stderr
