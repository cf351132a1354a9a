"""Where each file of the repository stands in the site, and links that hold there.

Pages are written to be read in the repository. The site shows the same text: a link to another page stays
one, and a link to any other file leads to a page that shows this file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
FRONT = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
LANGUAGES = {".py": "python", ".yaml": "yaml", ".yml": "yaml", ".json": "json", ".sh": "sh", ".toml": "toml"}
_LINK = re.compile(r'(\]\(|(?:src|srcset|href)=")([^)"#\s:]+)((?:#[^)"\s]*)?[)"])')
_FENCE = re.compile(r"^(```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def pages(root: Path = ROOT) -> dict[str, str]:
    """Every page that is written by hand: its path in the repository, and in the site.

    >>> found = pages()
    >>> found["README.md"], found["docs/sampling.md"]
    ('index.md', 'sampling.md')
    """
    written = {f"docs/{path.relative_to(root / 'docs')}" for path in sorted((root / "docs").rglob("*.md"))}
    return {**FRONT, **{path: path.removeprefix("docs/") for path in sorted(written)}}


def shown(target: str) -> str:
    """The page that shows a file which is no page itself.

    >>> shown("examples/cron/crontab")
    'files/examples/cron/crontab.md'
    """
    return f"files/{target}.md"


def for_site(text: str, at: str, places: dict[str, str]) -> tuple[str, set[str]]:
    """A page's text with links that hold in the site, and the files that it links to and that are no pages.

    Args:
        text: what the page says.
        at: its path in the repository.
        places: of every page, its path in the repository and in the site.

    >>> places = {"README.md": "index.md", "docs/a.md": "a.md"}
    >>> for_site("[it](docs/a.md#x), [code](steps/a.py)", "README.md", places)
    ('[it](a.md#x), [code](files/steps/a.py.md)', {'steps/a.py'})
    """
    files: set[str] = set()
    here = PurePosixPath(places[at]).parent

    def turned(found: re.Match[str]) -> str:
        before, target, rest = found.groups()
        path = os.path.normpath(PurePosixPath(at).parent / target)
        place = places.get(path) or (path.removeprefix("docs/") if _is_asset(path) else None)
        if place is None:
            files.add(path)
            place = shown(path)
        return f"{before}{os.path.relpath(place, here)}{rest}"

    parts = _FENCE.split(text)
    return "".join(part if part.startswith("`") else _LINK.sub(turned, part) for part in parts), files


def _is_asset(path: str) -> bool:
    return path.startswith("docs/") and not path.endswith((".md", ".json"))


def fence(text: str, name: str) -> str:
    """A file as a block of code, in a fence longer than any in it."""
    mark = "`" * max([3, *(len(run) + 1 for run in re.findall(r"`{3,}", text))])
    language = LANGUAGES.get(PurePosixPath(name).suffix, "text")
    return f'{mark} {{ .{language} title="{name}" }}\n{text.rstrip()}\n{mark}\n'


def assets(root: Path = ROOT) -> Iterator[Path]:
    """What pages show: pictures, and whatever else lies beside them."""
    return (path for path in sorted((root / "docs").rglob("*")) if path.is_file() and path.suffix != ".md")
