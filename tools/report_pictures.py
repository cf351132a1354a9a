"""The pictures of a report's page in docs/images, taken by Chromium from a report of your own.

winnow report demo warm --out /tmp/told && python tools/report_pictures.py /tmp/told/report.html
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).parents[1] / "docs/images"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


def curves(page: Page) -> None:
    """The coverage plot, with the values where two curves cross."""
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    page.locator("#coverage").evaluate("one => one.scrollIntoView()")
    box = page.locator("#coverage svg").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 0.37 * box["width"], box["y"] + 0.5 * box["height"])


def group(page: Page) -> None:
    """A group of which some passed."""
    page.evaluate("document.documentElement.style.scrollBehavior = 'auto'")
    page.get_by_label("Verdicts").select_option("mixed")
    page.get_by_label("Family").select_option("capital")
    page.locator("#groups .list li").nth(3).click()
    page.locator("#group .candidate").first.wait_for()
    page.locator("#groups").evaluate("one => one.scrollIntoView()")


def candidates(page: Page) -> None:
    """The same group on a phone, where its candidates stand below each other."""
    group(page)
    page.locator("#group").evaluate("one => one.scrollIntoView()")


def take(browser: Browser, report: Path, name: str, width: int, height: int, scheme: str) -> None:
    """One picture; the last part of its name is what it shows."""
    page = browser.new_page(viewport={"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(report.resolve().as_uri())
    page.locator("#groups .list li").first.wait_for()
    {"curves": curves, "group": group, "candidates": candidates}[name.rpartition("-")[2]](page)
    page.screenshot(path=IMAGES / f"{name}.png")
    print(f"{name}.png: {(IMAGES / f'{name}.png').stat().st_size // 1024} KB")


def main() -> None:
    report = Path(sys.argv[1])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=_FLAGS)
        for scheme in ("light", "dark"):
            take(browser, report, f"report-{scheme}-curves", 1280, 760, scheme)
            take(browser, report, f"report-{scheme}-group", 1280, 900, scheme)
        take(browser, report, "report-phone-curves", 400, 860, "light")
        take(browser, report, "report-phone-candidates", 400, 860, "dark")
        browser.close()


if __name__ == "__main__":
    main()
