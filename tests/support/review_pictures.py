"""The pictures of docs/argilla-server.md: `python -m support.review_pictures FOLDER`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect
from support.argilla import ArgillaServer
from support.browser import chromium, visit
from support.command import winnow
from support.recipes import write_jsonl, write_recipe

_ASKED = {
    "circle": (
        "A circle in a square of side 6 touches its sides. What is its area, to the nearest whole number?",
        28,
    ),
    "change": ("Pens cost 3 each. Ana buys 4 and pays with a note of 20. How much does she get back?", 8),
    "sum": ("What is the sum of the whole numbers from 1 to 12?", 78),
}
_RIGHT = {
    "circle": r"""The circle touches the sides, so $r = \frac{6}{2} = 3$ and

$$A = \pi r^2 = 9\pi \approx 28.27$$

| | square | circle |
|---|---|---|
| area | 36 | 28.27 |

The answer is **28**""",
    "change": "Four pens cost $4 \\cdot 3 = 12$, so she gets back $20 - 12 = 8$.\n\nThe answer is **8**",
    "sum": r"""By Gauss's formula

$$\sum_{k=1}^{12} k = \frac{12 \cdot 13}{2} = 78$$

The answer is **78**""",
}
_WRONG = {
    "circle": """I take the side of the square as the radius:

```python
from math import pi

r = 6
print(round(pi * r**2))
```

The answer is **113**""",
    "change": "Three pens cost 12, and $20 - 12 = 8$, less one pen.\n\nThe answer is **5**",
    "sum": "```python\nprint(sum(range(1, 12)))\n```\n\nThe answer is **66**",
}


def pushed(folder: Path, server: ArgillaServer) -> None:
    """A small run, sent for review."""
    told = [{"id": name, "q": asked, "a": str(answer)} for name, (asked, answer) in _ASKED.items()]
    write_jsonl(folder / "problems.jsonl", told)
    rows = [{"id": name, "completions": [_RIGHT[name], _WRONG[name]]} for name in _ASKED]
    write_jsonl(folder / "candidates.jsonl", rows)
    write_recipe(
        folder,
        name="geometry",
        sample={"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, "n": 2},
        build={"sft": {}, "preference": {}},
        self_check=0,
        publish={"argilla": {"dataset": "geometry"}},
    )
    for command in (("run", "recipe.yaml"), ("review", "push", "geometry")):
        done = winnow(*command, cwd=folder, env=server.env)
        assert done.returncode == 0, done.stderr


def take(browser: Browser, server: ArgillaServer, out: Path) -> None:
    """Both pictures: a pair as a reviewer sees it, and an owner's filter by what machines think."""
    large = {"viewport": {"width": 1600, "height": 1000}, "device_scale_factor": 0.8}
    with visit(browser, server.url, **large) as visited:
        page = visited.page
        page.goto(f"{server.url}/sign-in")
        page.locator("input[name=Username]").fill(server.owner.username)
        page.locator("input[name=Password]").fill(server.owner.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        for kind in ("preference", "sft"):
            page.goto(f"{server.url}/dataset/{server.dataset(f'geometry-{kind}')}/annotation-mode")
            bubble = page.locator(".chat__bubble").first
            expect(bubble).to_be_visible()
            while "circle" not in (before := bubble.inner_text()):
                page.keyboard.press("ArrowRight")
                expect(bubble).not_to_have_text(before)
            if kind == "preference":
                first = page.locator(".text_field_component").first.inner_text()
                page.get_by_text("A" if "28" in first else "B", exact=True).first.click()
            else:
                page.get_by_text("Filters", exact=True).click()
                page.get_by_text("Metadata", exact=True).click()
                page.get_by_text("verdict", exact=True).click()
            page.wait_for_timeout(1000)  # until nothing moves
            page.screenshot(path=out / f"review-{kind}.png")


def main(out: str) -> None:
    """Write both into a folder."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        server = ArgillaServer(Path(folder) / "home")
        try:
            pushed(Path(folder), server)
            take(browser, server, Path(out))
        finally:
            server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
