"""The site's makers: what they say of themselves holds, every page has its place, and the check can fail."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest
import yaml
from docsite import keys, models, nav, prepare, recipes
from docsite.check import main
from pydantic import BaseModel
from support import documented

MODULES = ("check", "examples", "models", "nav", "places", "recipes", "reference")


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    if name == "examples":
        pytest.importorskip("griffe")  # it comes with what `make docs` installs
    failed, _ = doctest.testmod(importlib.import_module(f"docsite.{name}"))
    assert failed == 0


def test_commands_that_nothing_ran_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctest.testmod(documented).failed == 0
    monkeypatch.setattr(documented, "NOTES", tmp_path / "ran")
    page, lines = "docs/export.md", documented.of("docs/export.md")
    told = [line for line in documented.never_ran() if line.startswith(page)]
    assert told == [f"{page}: nothing ran `{line}`" for line in lines]
    documented.ran(page, lines[1:])
    told = [line for line in documented.never_ran() if line.startswith(page)]
    assert told == [f"{page}: nothing ran `{lines[0]}`"]
    with pytest.raises(AssertionError, match="has no command 'winnow nothing'"):
        documented.ran(page, ["winnow nothing"])
    monkeypatch.setattr(documented, "EXCUSED", {"docker run": "no docker"})
    assert "no page has `docker run`, which is excused" in documented.never_ran()


def test_every_page_has_its_place() -> None:
    texts = prepare.made()
    told = [page for section in nav.nav(texts) for pages in section.values() for page in pages]
    assert len(told) == len(set(told))
    assert set(told) == {page for page in texts if not page.startswith("files/")}
    assert all(text.startswith("# ") for text in texts.values())


def test_every_key_of_a_recipe_says_what_it_means() -> None:
    """A docstring under the field, or a sentence of its class that names it: Contributing has it."""
    assert keys.missing() == []

    class Mute(BaseModel):
        """It says `loud`."""

        loud: int = 1
        mute: int = 2

    assert (models.meaning(Mute, "loud"), models.meaning(Mute, "mute")) == ("It says `loud`.", "")


def test_recipes_are_told_line_by_line() -> None:
    told = dict(recipes.recipe_pages())["recipes/math.md"]
    assert (
        "| `sample.until.give_up` | `0.02` | `give_up` is a rate: what turns up less often than that" in told
    )
    assert "| `build.clean.decontaminate.name` | `GSM8K test` | " in told


def test_what_is_fetched_from_elsewhere_or_is_not_there_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/fine.html").write_text('<a href="https://example.org"></a><img src="../a.png">')
    assert main(tmp_path) == 0
    (tmp_path / "sub/bad.html").write_text(
        '<script src="https://unpkg.com/x"></script><img srcset="../b.png 2x"><link rel="icon" href="//c/d">'
    )
    (tmp_path / "bad.css").write_text("@import 'https://fonts.example/css'; a {background: url(data:,x)}")
    assert main(tmp_path) == 1
    said = capsys.readouterr().out
    for address in ("https://unpkg.com/x", "//c/d", "https://fonts.example/css"):
        assert f"{address} is elsewhere" in said
    assert "../b.png is not there" in said and "data:" not in said


def test_the_theme_fetches_nothing() -> None:
    told = yaml.safe_load((Path(prepare.__file__).parent / "mkdocs.yml").read_text())
    assert told["strict"] and told["theme"]["font"] is False
