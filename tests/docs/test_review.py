"""The page on reviews says what is so, and its commands run; those that need a server, up to there."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import polars as pl
import yaml
from support import documented
from support.command import winnow, winnow_afresh
from support.recipes import write_sums
from support.reviews import said

from winnow.steps.build.config import BuildConfig
from winnow.steps.ledger import Ledger
from winnow.steps.publish.config import PublishConfig
from winnow.steps.review.config import ArgillaConfig
from winnow.steps.review.forms import FORMS
from winnow.steps.select.config import ReviewsConfig

PAGE = (Path(__file__).parents[2] / "docs/review.md").read_text()


def table(heading: str) -> dict[str, list[str]]:
    """The rows of the table whose first cell of the head is this, by their first cell."""
    (told,) = re.findall(rf"\n\| {heading} \|[^\n]*\n\|---[^\n]*\n(.*?)\n(?:\n|$)", PAGE, re.DOTALL)
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in told.splitlines()]
    return {row[0].strip("` "): row[1:] for row in cells}


def test_every_key_is_told_with_its_default() -> None:
    for model, heading in ((ArgillaConfig, "key of `argilla`"), (ReviewsConfig, "key of `reviews`")):
        told = table(heading)
        assert set(told) == set(model.model_fields) - {"create_workspace"}
        for name, row in told.items():
            default = model.model_fields[name].get_default(call_default_factory=True)
            if not model.model_fields[name].is_required() and default is not None:
                assert row[0] == f"`{default}`"
    assert "`create_workspace` (`false`)" in PAGE
    assert set(table("`choose`")) == {"random", "uncertain", "disagreement"}
    assert set(table("`rule`")) == {"override", "drop_on_disagreement", "only_reviewed"}


def test_what_is_shown_is_told() -> None:
    for form in FORMS.values():
        for one in form.metadata:
            assert one["name"].replace("_", " ") in PAGE.lower(), one["name"]


def test_the_recipes_are_some_and_the_commands_run(tmp_path: Path) -> None:
    first, second = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
    PublishConfig.model_validate(first["publish"])
    BuildConfig.model_validate(second["build"])
    write_sums(tmp_path, count=4, n=4, **first)
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    rows = pl.read_parquet(tmp_path / "runs/sums/datasets/sft/*.parquet")
    problem, completion = rows.select("problem_id", "id").row(0)
    ledger.commit({"reviews": [said(problem, completion, who, False) for who in ("ann", "bob")]})
    recipe = yaml.safe_load((tmp_path / "recipe.yaml").read_text())
    (tmp_path / "reviewed.yaml").write_text(yaml.safe_dump({**recipe, **second}))
    lines = documented.of("docs/review.md")
    commands = [shlex.split(line) for line in lines]
    assert [command[1:3] for command in commands][:2] == [["review", "push"], ["review", "pull"]]
    nowhere = {"ARGILLA_API_URL": "http://127.0.0.1:9", "ARGILLA_API_KEY": "none-of-mine"}
    for command in commands:
        done = winnow_afresh(*command[1:], cwd=tmp_path, env=nowhere)
        needs_server = command[2] in ("push", "pull")
        assert done.returncode == (3 if needs_server else 0), (command, done.stderr)
        assert "none-of-mine" not in done.stderr
    told = json.loads(winnow("review", "agreement", "sums", "--json", cwd=tmp_path).stdout)
    assert (told["people"], told["questions"]["right (nominal)"]["subjects"]) == (2, 1)
    diff = json.loads(winnow("diff", "sums", "--json", cwd=tmp_path).stdout)["datasets"]["sft"]
    assert diff["went"] == {"reviewed": 1}
    documented.ran("docs/review.md", lines[2:])  # the first two need a server: tests/heavy
