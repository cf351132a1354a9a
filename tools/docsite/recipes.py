"""The recipes that ship, line by line: each file as it is, and beside each key what it means."""

from __future__ import annotations

from collections.abc import Iterator

from docsite.places import ROOT, fence

FOLDER = ROOT / "pipelines/recipes"


def recipe_pages() -> Iterator[tuple[str, str]]:
    """Each recipe's page: its path in the site, and its text."""
    for path in sorted(FOLDER.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        yield f"recipes/{path.stem}.md", f"# {path.stem}\n\n{fence(text, f'pipelines/recipes/{path.name}')}"
