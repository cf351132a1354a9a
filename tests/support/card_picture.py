"""A card as a reader sees it: Markdown to HTML by markdown-it, styled like the Hub, to a picture."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt
from support.browser import chromium

_STYLE = """
body { font: 15px/1.6 'Source Sans Pro', system-ui, 'DejaVu Sans', sans-serif; color: #1f2937;
       max-width: 860px; margin: 28px auto; padding: 0 20px; }
h1 { font-size: 28px; margin: 0 0 12px; } h2 { font-size: 20px; margin: 26px 0 8px; }
h1, h2 { border-bottom: 1px solid #e5e7eb; padding-bottom: 5px; }
table { border-collapse: collapse; font-size: 13.5px; margin: 8px 0; }
th, td { border: 1px solid #e5e7eb; padding: 5px 10px; } thead th:empty { padding: 0; border: 0; }
code { background: #f3f4f6; border-radius: 4px; padding: 1px 4px;
       font: 12.5px 'DejaVu Sans Mono', monospace; }
pre { background: #f8fafc; border: 1px solid #e5e7eb; border-radius: 8px; padding: 10px 14px; }
pre code { background: none; padding: 0; white-space: pre-wrap; }
img { max-width: 100%; } a { color: #2563eb; }
"""


def html_of(text: str) -> str:
    """The HTML of a card's text, by CommonMark with GFM's tables; HTML in it passes, as on the Hub."""
    body = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    return f"<!doctype html><meta charset='utf-8'><style>{_STYLE}</style><body>{body}</body>"


def picture_of(page: Path, to: Path, width: int = 920, height: int | None = None) -> list[str]:
    """Take a picture of a page; what it said on the console and in dialogues, which a card never does."""
    said: list[str] = []
    with chromium() as browser:
        shown = browser.new_page(viewport={"width": width, "height": height or 900})
        shown.set_default_timeout(120_000)
        shown.on("console", lambda told: said.append(told.text))
        shown.on("dialog", lambda told: (said.append(told.message), told.dismiss()))
        shown.on("pageerror", lambda told: said.append(str(told)))
        shown.goto(page.as_uri())
        shown.wait_for_timeout(150)
        shown.screenshot(path=str(to), full_page=height is None)
    return said
