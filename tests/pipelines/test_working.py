"""Long work shows that it goes on, where nothing can be counted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.command import winnow
from support.recipes import write_sums
from support.terminals import Terminal
from support.waiting import wait_until

from winnow.pipelines.working import working


def test_a_log_has_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    said = ""

    def is_told() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return "\n" in said

    with working("merging", every=0.05):
        wait_until(is_told)
    assert re.fullmatch(r"merging: 0:\d\d", said.splitlines()[0])
    capsys.readouterr()
    with working("merging", every=60.0):
        pass
    assert capsys.readouterr().err == ""


def test_a_terminal_has_something_that_turns(tmp_path: Path) -> None:
    write_sums(tmp_path)
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    with Terminal("build", "sums", cwd=tmp_path, TERM="xterm") as terminal:
        assert terminal.end() == 0
    assert "building the datasets" in terminal.raw
    assert "building the datasets" not in terminal.screen().text
    assert terminal.screen().cursor
