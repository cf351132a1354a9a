"""Debian's Chromium, and a visit of it that notes whatever a page tried to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

CHROMIUM = "/usr/bin/chromium"
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
_FONTS = "https://fonts.googleapis.com/"  # Argilla's page asks for them


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET, timeout=120_000)
        yield browser
        browser.close()


def until(page: Page, true: Callable[[], bool]) -> None:
    """Wait for something that a page does, and that we only hear of while we wait."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "what the test waits for did not happen"
        page.wait_for_timeout(50)


@dataclass
class Visit:
    """A page of one site, which reaches no other. `left` are addresses elsewhere that it asked for, `dialogs`
    what it asked, `popups` windows that it opened."""

    page: Page
    left: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    popups: list[str] = field(default_factory=list)


@contextmanager
def visit(browser: Browser, site: str, **more: Any) -> Iterator[Visit]:
    """A visit of a site, with cookies and storage of its own."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **more})
    noted = Visit(context.new_page())

    def pass_on(route: Route) -> None:
        url = route.request.url
        if url.startswith((f"{site}/", "data:", "blob:")):
            route.continue_()
        else:
            if not url.startswith(_FONTS):
                noted.left.append(url)
            route.abort()

    context.route("**/*", pass_on)
    noted.page.on("dialog", lambda dialog: (noted.dialogs.append(dialog.message), dialog.dismiss()))
    noted.page.on("popup", lambda page: noted.popups.append(page.url))
    noted.page.set_default_timeout(120_000)
    expect.set_options(timeout=60_000)
    try:
        yield noted
    finally:
        context.close()
