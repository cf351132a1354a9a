"""The README says what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from winnow.pipelines.cli import app
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.steps.errors import Exit

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_recipe_is_one() -> None:
    (told,) = blocks("yaml")
    recipe = Recipe.model_validate(yaml.safe_load(told))
    assert recipe.sample.budget is not None


def test_the_first_commands_are_targets_of_make() -> None:
    commands = [line.split("#")[0].split() for line in blocks("sh")[0].splitlines()]
    assert commands == [["make", "demo"], ["make", "test"]]
    makefile = (ROOT / "Makefile").read_text()
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for _, target in commands)


def test_the_tree_is_the_tree() -> None:
    (told,) = re.findall(r"```\n(pipelines/.*?)```", README, re.DOTALL)
    parent = ROOT
    for line in told.splitlines():
        name = line.split()[0]
        if not re.match(r"[\w./]+/$|\w+\.py$", name):
            continue
        if not line.startswith(" "):
            parent = ROOT / name
        found = parent if parent == ROOT / name else parent / name
        assert found.exists(), line
        assert name.endswith("/") == found.is_dir(), line


def test_every_verb_is_told_and_is_one() -> None:
    told = set(re.findall(r"^\| `winnow (\w+)", README, re.MULTILINE))
    verbs = {command.callback.__name__ for command in app.registered_commands if command.callback}
    assert told == verbs | {group.name for group in app.registered_groups}


def test_exit_codes() -> None:
    (told,) = re.findall(r"Exit codes: (.*?)\.\n", README)
    assert [int(code) for code in re.findall(r"(?:^|; )(\d+) ", told)] == [code.value for code in Exit]


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *ROOT.glob("docs/**/*.md"), ROOT / "CONTRIBUTING.md"]:
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / link).exists(), f"{page}: {link}"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "pipelines/recipes").glob("*.yaml")), ids=lambda path: path.stem
)
def test_recipes_that_ship_are_valid(path: Path) -> None:
    assert load_recipe(path).name == path.stem
