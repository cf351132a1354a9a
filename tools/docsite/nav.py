"""In which order the site's pages stand: as the data travels. A page that is not named comes last."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

ORDER: dict[str, list[str]] = {
    "Start": ["index.md", "tutorial.md"],
    "Recipes": ["keys.md", "recipes/"],
    "Sample": ["sampling.md", "engines.md", "search.md", "choosing.md"],
    "Judge": ["verifiers.md", "rewards.md", "process.md"],
    "Build": ["datasets.md", "cleaning.md", "export.md"],
    "Look": ["report.md", "report-page.md", "compare.md", "live.md"],
    "Publish": ["publish.md", "review.md", "argilla-server.md"],
    "Operate": ["operations.md", "schedulers.md", "storage.md", "ray.md", "threats.md"],
    "Reference": ["reference/"],
    "Project": ["benchmarks.md", "decisions/", "dependencies.md", "contributing.md", "changelog.md"],
}
REST = "More"


def nav(pages: Iterable[str]) -> list[dict[str, Any]]:
    """The sections with those pages that there are; a name with a `/` is all pages in that folder.

    >>> nav(["index.md", "decisions/1.md", "decisions/README.md", "new.md", "files/x.md"])
    [{'Start': ['index.md']}, {'Project': ['decisions/README.md', 'decisions/1.md']}, {'More': ['new.md']}]
    """
    left = {page for page in pages if not page.startswith("files/")}
    sections = []
    for title, names in ORDER.items():
        found = [page for name in names for page in sorted(left, key=_first) if _belongs(page, name)]
        left -= set(found)
        if found:
            sections.append({title: found})
    return [*sections, {REST: sorted(left)}] if left else sections


def _belongs(page: str, name: str) -> bool:
    return page.startswith(name) if name.endswith("/") else page == name


def _first(page: str) -> tuple[bool, str]:
    return not page.endswith(("/README.md", "/index.md")), page.removesuffix(".md")
