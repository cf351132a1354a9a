"""The page on looking and comparing: its commands run."""

from __future__ import annotations

import shlex
from contextlib import chdir
from pathlib import Path

import pytest
from support import documented
from support.command import winnow
from support.recipes import write_sums

from winnow.pipelines.cli import main


def test_the_commands_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, n in (("warm", 2), ("hot", 3), ("cold", 2)):
        write_sums(tmp_path, count=20, n=3, name=name)
        done = winnow("run", "recipe.yaml", "--set", f"sample.n={n}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    lines = documented.of("docs/compare.md")
    commands = [shlex.split(line) for line in lines]
    assert [command[1] for command in commands] == ["show"] * 3 + ["compare"] * 3
    for command in commands:
        with chdir(tmp_path), pytest.raises(SystemExit) as end:
            main(command[1:])
        assert end.value.code == 0, (command, capsys.readouterr().err)
    assert "no difference shown at k=1" in capsys.readouterr().out.replace("\n", " ")
    documented.ran("docs/compare.md", lines)
