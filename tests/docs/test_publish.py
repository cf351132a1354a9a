"""The page on publishing says what is so, and its commands run in their order."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from support import documented
from support.command import winnow
from support.hub.people import WRITER
from support.hub.server import HubServer
from support.recipes import write_sums

from winnow.pipelines.cli import app
from winnow.steps.publish.card.merge import BEGIN, END
from winnow.steps.publish.config import CardConfig, HubConfig, PublishConfig

PAGE = (Path(__file__).parents[2] / "docs/publish.md").read_text()


def test_the_recipe_and_the_keys() -> None:
    told = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0])
    PublishConfig.model_validate(told["publish"])
    rows = "".join(line for line in PAGE.splitlines() if line.startswith("| `"))
    named = set(re.findall(r"`(?:hub\.)?(\w+)`", rows))
    known = {*HubConfig.model_fields, *CardConfig.model_fields, *PublishConfig.model_fields} - {"hub"}
    assert known <= named
    for mark in (BEGIN, END):
        assert mark.removeprefix("<!-- ").split(" ")[0] in PAGE


def test_the_commands_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process: eight times the imports of a command take half a minute."""
    from huggingface_hub import constants

    write_sums(tmp_path, count=4)
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    commands = documented.of("docs/publish.md")
    assert len(commands) == 8
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_TOKEN", WRITER)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with HubServer() as hub:
        monkeypatch.setattr(constants, "ENDPOINT", hub.url)
        for command, following in pairwise([*commands, ""]):
            app(shlex.split(command)[1:], standalone_mode=False)
            if not following.endswith("--promote"):
                hub.store.repos.clear()  # so that the next command has something to do
        assert hub.traffic.commits == 4
    assert (tmp_path / "shelf/latest.json").is_file()
    documented.ran("docs/publish.md", commands)
