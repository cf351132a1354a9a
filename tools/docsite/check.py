"""Whether the built site fetches nothing: every script, style, picture and font lies in it.

`python -m docsite.check build/site` ends with 1 and names what does not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": ("src",), "img": ("src", "srcset"), "source": ("src", "srcset"), "iframe": ("src",)}
_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "preconnect", "prefetch", "dns-prefetch"}
_URL = re.compile(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""")


class _Loads(HTMLParser):
    """What a page has a browser load without being asked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        names = _LOADED.get(tag, ())
        if tag == "link" and _RELATIONS & set(told.get("rel", "").split()):
            names = ("href",)
        self.found += [part for name in names for part in _addresses(name, told.get(name, ""))]


def _addresses(name: str, value: str) -> list[str]:
    if name != "srcset":
        return [value] if value else []
    return [one.split()[0] for one in value.split(",") if one.split()]


def loads(page: Path) -> list[str]:
    """The addresses that a page or a style sheet loads."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".css":
        return [one or other for one, other in _URL.findall(text)]
    parser = _Loads()
    parser.feed(text)
    return parser.found


def troubles(site: Path) -> Iterator[str]:
    """What a site loads from elsewhere, or does not have."""
    for page in sorted([*site.rglob("*.html"), *site.rglob("*.css")]):
        for address in loads(page):
            parts = urlsplit(address)
            if parts.scheme == "data" or not parts.path:
                continue
            if parts.scheme or parts.netloc:
                yield f"{page.relative_to(site)}: {address} is elsewhere"
            elif not parts.path.startswith("/") and not (page.parent / unquote(parts.path)).exists():
                yield f"{page.relative_to(site)}: {address} is not there"


def main(site: Path) -> int:
    found = list(dict.fromkeys(troubles(site)))
    print("\n".join(found) or f"{sum(1 for _ in site.rglob('*.html'))} pages, which fetch nothing")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
