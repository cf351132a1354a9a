"""Reviewing in Argilla's own page, in a real browser: what is shown, how it is answered, and that nothing
which a model wrote does anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from support.argilla import ArgillaServer, Person
from support.browser import Visit, chromium, until, visit
from support.command import winnow
from support.recipes import write_jsonl, write_recipe

from winnow.steps.ledger import Ledger
from winnow.steps.review.subjects import subject_of

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
SIDE = r"""The area is $A = \pi r^2$, and by \(x < 2\):

\[
\int_0^1 x^2\,dx = \frac{1}{3}
\]

```python
def area(r: float) -> float:
    if r < 0:
        return 0.0
    return 3.14159 * r**2
```

| r | `area` |
|---|---|
| 1 | 3.14 |
| 2 | **12.57** |
"""
FLAG = "window.done=1"
ATTACKS = [
    f"<script>{FLAG}</script>",
    f'<img src=x onerror="{FLAG}">',
    f'<svg onload="{FLAG}"><script>{FLAG}</script></svg>',
    f'<iframe srcdoc="<script>parent.{FLAG}</script>"></iframe><iframe src="https://evil.example/f"></iframe>',
    f'[here](javascript:{FLAG}) and <a href="javascript:{FLAG}">here</a>, https://evil.example/link',
    '![huge](https://evil.example/huge.png) <img src="https://evil.example/p" width=99999 height=99999>',
    '<div style="position:fixed;inset:0;background:red;z-index:9999">A is better</div>'
    "<style>@import url(https://evil.example/c.css); body{display:none}</style>",
    f'<object data="javascript:{FLAG}"></object><embed src="https://evil.example/e">'
    '<video src="https://evil.example/v"></video>',
    '<form action="https://evil.example/"><button>Submit</button></form>'
    '<meta http-equiv=refresh content="0;url=/">',
    rf"$\href{{javascript:{FLAG}}}{{x}}$ $\rule{{9999em}}{{9999em}}$ $![a](https://evil.example/k.png)$",
    f"```html\n<img src=x onerror={FLAG}>\n``` <img src=x onerror={FLAG}>\n",
    f"| a |\n|---|\n| `x | <img src=x onerror={FLAG}>` |",
    f"\\[a](javascript:{FLAG}) \\`<img src=https://evil.example/q>\\`",
    f"$$\n$$\n```\n\n$$\n![a](https://evil.example/m.png)<img src=x onerror={FLAG}>\n```",
    "{{constructor.constructor('window.done=1')()}} ${window.done=1}",
    "**a " * 2000,
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def reviewed(argilla: ArgillaServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs that were sent for review: `fair`, three problems with code, formulas and tables; `foul`, one
    problem an attack, in the prompt as in both answers."""
    folder = tmp_path_factory.mktemp("reviewed")
    for name, texts in (("fair", [SIDE] * 3), ("foul", ATTACKS)):
        rows = [(str(at), text) for at, text in enumerate(texts)]
        prompts = [
            {"id": at, "q": f"({at}) {text if name == 'foul' else 'How large?'}", "a": at}
            for at, text in rows
        ]
        write_jsonl(folder / "problems.jsonl", prompts)
        sides = [
            {"id": at, "completions": [f"{text}\n\nThe answer is {int(at) + off}" for off in (0, 1)]}
            for at, text in rows
        ]
        write_jsonl(folder / "candidates.jsonl", sides)
        recipe = write_recipe(
            folder,
            name=name,
            sample={"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, "n": 2},
            build={"preference": {"rule": "best_vs_worst"}},
            self_check=0,
            publish={"argilla": {"dataset": name}},
        )
        for command in (("run", recipe), ("review", "push", name)):
            done = winnow(*command, cwd=folder, env=argilla.env)
            assert done.returncode == 0, done.stderr
        assert len(argilla.records(f"{name}-preference")) == len(texts)
    return folder


def log_in(visited: Visit, argilla: ArgillaServer, person: Person) -> Page:
    page = visited.page
    page.goto(f"{argilla.url}/sign-in")
    page.locator("input[name=Username]").fill(person.username)
    page.locator("input[name=Password]").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    return page


def open_dataset(page: Page, argilla: ArgillaServer, name: str) -> None:
    page.goto(f"{argilla.url}/dataset/{argilla.dataset(name)}/annotation-mode")
    expect(page.locator(".record .markdown-render").first).to_be_attached()


def shown_record(page: Page, records: list[dict[str, Any]]) -> dict[str, Any]:
    """The record whose prompt, `(0) How large?` and so on, stands on the page."""
    asked = page.locator(".chat__bubble").first.inner_text()
    return next(one for one in records if one["fields"]["prompt"][0]["content"].startswith(asked[:3]))


def test_a_pair_is_read_and_answered_by_click_and_by_keyboard(
    argilla: ArgillaServer, browser: Browser, reviewed: Path
) -> None:
    person = argilla.reviewer
    with visit(browser, argilla.url) as visited:
        page = log_in(visited, argilla, person)
        page.get_by_text("fair-preference").first.click()  # found in the list, as a person finds it
        expect(page.locator(".record .markdown-render").first).to_be_visible()
        records = argilla.records("fair-preference")
        sides = page.locator(".text_field_component .markdown-render")
        expect(sides).to_have_count(2)
        for at in range(2):
            side = sides.nth(at)
            expect(side.locator(".katex")).to_have_count(3)
            expect(side.locator(".katex-display")).to_have_count(1)
            expect(side.locator(".katex-error")).to_have_count(0)
            expect(side.locator("pre code.language-python .hljs-keyword")).to_have_count(4)
            expect(side.locator("pre code")).to_contain_text("if r < 0:")
            assert side.locator("td").all_inner_texts() == ["1", "3.14", "2", "12.57"]
            expect(side.locator("td strong")).to_have_text("12.57")
        clicked = shown_record(page, records)
        page.get_by_text("B", exact=True).first.click()
        page.get_by_role("button", name="Submit").click()
        expect(page.locator(".chat__bubble").first).not_to_contain_text(
            clicked["fields"]["prompt"][0]["content"]
        )
        typed = shown_record(page, records)
        page.keyboard.press("1")
        page.keyboard.press("Enter")
        expect(page.locator(".chat__bubble").first).not_to_contain_text(
            typed["fields"]["prompt"][0]["content"]
        )
        assert (visited.left, visited.dialogs, visited.popups) == ([], [], [])
    answers = {
        record["external_id"]: answer["values"]
        for record in argilla.records("fair-preference")
        for answer in record["responses"]
        if answer["status"] == "submitted"
    }
    assert {subject: values["better"]["value"] for subject, values in answers.items()} == {
        clicked["external_id"]: "b",
        typed["external_id"]: "a",
    }
    done = winnow("review", "pull", "fair", cwd=reviewed, env=argilla.env)
    assert done.returncode == 0, done.stderr
    rows = Ledger(reviewed / "runs/fair/ledger").scan("reviews").collect().to_dicts()
    preferred = {row["subject"]: row[row["better"]] for row in rows}
    assert preferred == {
        clicked["external_id"]: subject_of(clicked["external_id"]).second,
        typed["external_id"]: subject_of(typed["external_id"]).first,
    }


def test_what_a_model_wrote_executes_and_loads_nothing(
    argilla: ArgillaServer, browser: Browser, reviewed: Path
) -> None:
    with visit(browser, argilla.url) as visited:
        page = log_in(visited, argilla, argilla.owner)
        open_dataset(page, argilla, "foul-preference")
        seen = set()
        for at in range(len(ATTACKS)):
            bubble = page.locator(".chat__bubble").first
            expect(page.locator(".text_field_component .markdown-render")).to_have_count(2)
            seen.add(bubble.inner_text().partition(")")[0])
            assert active(page) == [], bubble.inner_text()
            if at + 1 < len(ATTACKS):
                before = bubble.inner_text()
                page.keyboard.press("ArrowRight")
                expect(bubble).not_to_have_text(before)
        assert len(seen) == len(ATTACKS)
        page.wait_for_timeout(500)  # what would be loaded late
        assert page.evaluate("window.done") is None
        assert (visited.left, visited.dialogs, visited.popups) == ([], [], [])


def test_without_our_care_a_text_would_reach_out(argilla: ArgillaServer, browser: Browser) -> None:
    """That the test before this one can fail: the same page, and texts as they came."""
    place = argilla.ask("me/workspaces")["items"][0]["id"]
    dataset = argilla.ask("datasets", {"name": "raw", "workspace_id": place})["id"]
    markdown = {"type": "text", "use_markdown": True}
    argilla.ask(
        f"datasets/{dataset}/fields", {"name": "a", "title": "a", "required": True, "settings": markdown}
    )
    question = {"name": "q", "title": "q", "required": True, "settings": {"type": "text"}}
    argilla.ask(f"datasets/{dataset}/questions", question)
    argilla.ask(f"datasets/{dataset}/publish", method="PUT")
    records = {"items": [{"fields": {"a": "\n\n".join(ATTACKS[4:9])}}]}
    argilla.ask(f"datasets/{dataset}/records/bulk", records, "POST")
    with visit(browser, argilla.url) as visited:
        page = log_in(visited, argilla, argilla.owner)
        open_dataset(page, argilla, "raw")
        expect(page.locator(".markdown-render img").first).to_be_attached()
        assert any("<img" in one for one in active(page))
        until(page, lambda: any("evil.example" in url for url in visited.left))


def active(page: Page) -> list[str]:
    """What stands in shown text and could load, lead away, run or lay itself over something; the button that
    Argilla puts into code, to copy it, is none of it."""
    return list(page.evaluate(ACTIVE))


ACTIVE = """() => [...document.querySelectorAll(".markdown-render *")].filter(one =>
  !one.closest('a[href="#"]:has(> svg.svg-icon), .katex') && (
    one.matches("a, img, svg, script, style, link, iframe, object, embed, video, form, input, button, meta")
    || [...one.attributes].some(each => each.name.startsWith("on"))
    || getComputedStyle(one).position === "fixed"
  ) || one.getBoundingClientRect().height > 5000
  || one.matches(".katex a, .katex img")
).map(one => `${one.parentElement.tagName}: ${one.outerHTML.slice(0, 200)}`)"""
