"""Every verb that takes a run takes its name below ./runs, and says the same where there is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from winnow.pipelines.cli import app, main

FURTHER = {"export": ["--for", "trl"]}
GROUP = typer.main.get_command(app)


def verbs() -> dict[str, list[str]]:
    """The verbs with an argument that is a run, and the metavars of their arguments."""
    found = {}
    for name, command in getattr(GROUP, "commands", {}).items():
        told = [str(one.metavar) for one in command.params if one.param_type_name == "argument"]
        if any(one.split(":")[0].split("[")[0].split()[0] == "RUN" for one in told):
            found[name] = told
    return found


def test_there_are_some() -> None:
    expected = {"status", "show", "compare", "report", "build", "verify", "compact", "export", "mix", "diff"}
    assert expected <= set(verbs())


@pytest.mark.parametrize("verb", sorted(verbs()))
@pytest.mark.parametrize("name", ["nope", "x" * 5000])
def test_a_run_that_is_not_there(
    verb: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for other in ("one", "two"):
        (tmp_path / f"runs/{other}/datasets").mkdir(parents=True)
        for path in (f"runs/{other}/manifest.json", f"runs/{other}/datasets/manifest.json"):
            (tmp_path / path).write_text(json.dumps({"recipe": {}, "files": []}))
    before = ["out"] if "OUT" in verbs()[verb] else []
    many = [name, "one"] if verb == "compare" else [name]
    with pytest.raises(SystemExit) as end:
        main([verb, *before, *many, *FURTHER.get(verb, [])])
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert said.startswith(f"winnow: no run at {name}: expected a folder with ")
    assert said.endswith("; ./runs has: one, two\n")


@pytest.mark.parametrize("verb", sorted(verbs()))
def test_help_says_what_it_does(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    told = capsys.readouterr().out
    assert end.value.code == 0
    assert "RUN" in told and "Usage:" in told
    command = getattr(GROUP, "commands", {})[verb]
    for one in command.params:
        assert getattr(one, "help", None) or one.param_type_name == "argument", one.name
