"""The page on object stores says what is so, and its commands run in their order."""

from __future__ import annotations

import json
import shlex
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from support import documented
from support.recipes import write_sums
from support.store import reached

from winnow.pipelines.cli import main
from winnow.steps.storage.bucket import Bucket

PAGE = (Path(__file__).parents[2] / "docs/storage.md").read_text()


def test_the_commands_run(tmp_path: Path) -> None:
    """The run on one machine, all that follows on another, which has nothing but the URL."""
    export, *commands = documented.of("docs/storage.md")
    assert all(f"`{told.partition('=')[0]}`" in PAGE for told in export.split()[1:])
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    write_sums(one, build={"sft": {"per_problem": 2}})
    with reached() as runs:
        said, build = dict[str, str](), ""
        for command in commands:
            _, verb, *rest = shlex.split(command.replace("s3://my-bucket/runs", runs))
            told = StringIO()
            with chdir(one if verb == "run" else two), redirect_stdout(told):
                with pytest.raises(SystemExit) as ended:
                    main([verb, *rest])
                assert not ended.value.code, command
            said[verb] = told.getvalue()
            now = json.loads(Bucket(f"{runs}/sums").get("manifest.json") or b"")["build"]["id"]
            assert now == (build := build or now)
        names = set(Bucket(f"{runs}/sums").names(""))
    assert {"lease.json", "manifest.json", "progress.json"} < names
    assert "(done)" in said["status"]
    assert f"/sums/builds/{build}/sft/"[:30] in "".join(said["status"].split())
    assert "What is 3 + 3?" in said["show"]
    assert (two / "exported/README.md").is_file()
    assert len(list(two.rglob("report*/*.html"))) == 1
    documented.ran("docs/storage.md", [export, *commands])
