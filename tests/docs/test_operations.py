"""The page on operations: every exit code is told, its commands run, its recipe is one."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import yaml
from support import documented
from support.command import winnow
from support.recipes import write_sums

from winnow.pipelines.notify import NotifyConfig
from winnow.steps.errors import Exit

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/operations.md").read_text()
RUN = (ROOT / "pipelines/cli/run.py").read_text()
README = (ROOT / "README.md").read_text()


def test_every_exit_code_is_told() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)}
    assert codes == set(map(int, Exit))
    for code in codes:
        assert re.search(rf"\b{code} [a-z`]", RUN), code
        assert re.search(rf"\b{code} [a-z`]", README), code


def test_its_recipe_is_one() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    told = yaml.safe_load(block)["notify"]
    assert set(NotifyConfig.model_validate(told).model_dump()) == set(told)
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == set(told)


def test_its_commands_run(tmp_path: Path) -> None:
    write_sums(tmp_path).rename(tmp_path / "sums.yaml")
    lines = documented.of("docs/operations.md")
    codes = []
    for line in lines:
        done = winnow(*shlex.split(line)[1:], cwd=tmp_path)
        assert "Traceback" not in done.stderr
        codes.append(done.returncode)
    assert codes == [5, 0, 0, 0, 0, 0, 0]
    documented.ran("docs/operations.md", lines)
