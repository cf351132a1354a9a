"""The card in a browser: its pictures are there, and what a model wrote does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.card_picture import html_of, picture_of
from support.command import winnow
from support.recipes import sums, write_jsonl, write_recipe

from winnow.steps.publish.card.merge import split

pytestmark = pytest.mark.heavy
HOSTILE = "<img src=x onerror=console.log('owned')> ```\n<script>alert('owned')</script>\n| it is "


def test_a_published_card(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "problems.jsonl", sums(6))
    said = [
        {"id": str(at), "completions": [f"{HOSTILE}{at + at + one % 2}" for one in range(4)]}
        for at in range(6)
    ]
    write_jsonl(tmp_path / "candidates.jsonl", said)
    write_recipe(tmp_path)
    for command in (("run", "recipe.yaml"), ("publish", "sums", "--to", "shelf")):
        done = winnow(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    folder = next(path for path in (tmp_path / "shelf").iterdir() if path.is_dir())
    pictures = sorted(path.name for path in (folder / "images").iterdir())
    assert pictures == ["coverage.png", "difficulty.png", "lengths.png"]
    text = split((folder / "README.md").read_text())[1]
    assert all(f"(images/{name})" in text for name in pictures)
    check = "for (const one of document.images) if (!one.naturalWidth) console.log(one.src)"
    shown = html_of(text) + f"<script>addEventListener('load', () => {{ {check} }})</script>"
    (folder / "card.html").write_text(shown)
    assert picture_of(folder / "card.html", tmp_path / "card.png") == []
    assert (tmp_path / "card.png").stat().st_size > 50_000
