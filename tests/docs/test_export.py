"""The page on exports says what is so, and its commands run in their order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from support import documented
from support.command import winnow, winnow_afresh
from support.recipes import write_sums

from winnow.pipelines.belongings import belongings_of, strange_export
from winnow.pipelines.needs import Needs
from winnow.steps.build.kinds import KINDS
from winnow.steps.export.readme import PLACEHOLDER
from winnow.steps.export.trainer import LENGTH
from winnow.steps.export.trainers import TRAINERS

PAGE = (Path(__file__).parents[2] / "docs/export.md").read_text()


def test_the_table_is_the_table() -> None:
    head, _, *rows = (line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|"))
    trainers = [re.findall(r"`(\w+)` ([\d.]+)", cell)[0] for cell in head[1:]]
    assert trainers == [(name, trainer.version) for name, trainer in TRAINERS.items()]
    assert {row[0].strip(" `") for row in rows} == set(KINDS)
    for row in rows:
        for (name, _), cell in zip(trainers, row[1:], strict=True):
            assert (cell.strip() != "no") == (row[0].strip(" `") in TRAINERS[name].kinds), (row[0], name)
    stepwise = TRAINERS["trl"].kinds["stepwise"].version
    assert f"TRL {stepwise} |" in PAGE


def test_what_it_says_of_configurations() -> None:
    assert f"{LENGTH:,} tokens" in PAGE
    assert PLACEHOLDER in PAGE


def test_the_commands_run(tmp_path: Path) -> None:
    for name in ("sums", "more"):
        write_sums(tmp_path, count=4 if name == "sums" else 6, name=name)
        for n in ("2", "4"):
            done = winnow("run", "recipe.yaml", "--set", f"sample.n={n}", cwd=tmp_path)
            assert done.returncode == 0, done.stderr
    lines = documented.of("docs/export.md")
    commands = [shlex.split(line) for line in lines]
    assert [command[1] for command in commands] == ["export", "export", "mix", "export", "diff", "diff"]
    for command in commands:
        assert command[0] == "winnow"
        done = winnow_afresh(*command[1:], cwd=tmp_path)
        assert done.returncode == 0, (command, done.stderr)
    documented.ran("docs/export.md", lines)
    for folder in ("runs/sums/exports/trl", "axolotl-sums", "runs/both/exports/llamafactory"):
        assert (tmp_path / folder / "sft.yaml").is_file()
    run = tmp_path / "runs/sums"
    assert belongings_of(run).strange is strange_export(run) is None
    assert Needs(tmp_path / "runs").of(run) == "both is made of it"
    status = winnow("status", "both", cwd=tmp_path)
    assert (status.returncode, "is a mix of runs" in status.stderr) == (2, True)
