"""The pages of the site, in build/pages/: those written by hand, and those made from code and recipes.

`make docs` runs it, and then the generator; the site lies in build/site/.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from docsite.keys import keys_page
from docsite.nav import nav
from docsite.places import ROOT, assets, fence, for_site, pages, shown
from docsite.recipes import recipe_pages
from docsite.reference import reference

HERE = Path(__file__).parent
TARGET = ROOT / "build/pages"


def made() -> dict[str, str]:
    """Every page's path in the site, and its text."""
    found: dict[str, str] = {}
    files: set[str] = set()
    recipes = {f"pipelines/{place.removesuffix('.md')}.yaml": place for place, _ in recipe_pages()}
    places = {**pages(), **recipes}
    for at, place in pages().items():
        found[place], linked = for_site((ROOT / at).read_text(encoding="utf-8"), at, places)
        files |= linked
    for path in sorted(files):
        found[shown(path)] = _file(path)
    return {**found, "keys.md": keys_page(), **dict(recipe_pages()), **dict(reference())}


def _file(path: str) -> str:
    source = ROOT / path
    inside = [source] if source.is_file() else [one for one in sorted(source.rglob("*")) if one.is_file()]
    inside = [one for one in inside if "__pycache__" not in one.parts]
    blocks = [fence(one.read_text(encoding="utf-8"), one.relative_to(ROOT).as_posix()) for one in inside]
    return "\n".join([f"# {path}", *blocks])


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    texts = made()
    for place, text in texts.items():
        page = TARGET / "docs" / place
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    for asset in assets():
        copy = TARGET / "docs" / asset.relative_to(ROOT / "docs")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(asset, copy)
    shutil.copyfile(HERE / "site.css", TARGET / "docs/site.css")
    settings = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
    told = yaml.safe_dump({"nav": nav(texts)}, sort_keys=False)
    (TARGET / "mkdocs.yml").write_text(f"{settings}{told}", encoding="utf-8")
    print(f"{len(texts)} pages")


if __name__ == "__main__":
    main()
