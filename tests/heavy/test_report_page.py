"""The report's page in a real browser, opened from a disk: what it shows and does, and what it never does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium, until
from support.command import winnow
from support.hostile import HOSTILE
from support.ledgers import FINGERPRINT, write_ledger
from support.recipes import sums, write_jsonl, write_recipe
from support.reports import report_of, run_report

from winnow.steps.records import Problem
from winnow.steps.report.page import Shown, write_page

pytestmark = pytest.mark.heavy


@dataclass
class Noted:
    """A page, with all that it asked for and said."""

    page: Page
    requests: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def was_quiet(self, folder: Path) -> None:
        """It asked for nothing outside its folder, ran no script of others, and broke nowhere."""
        assert self.requests and all(url.startswith(folder.as_uri()) for url in self.requests)
        assert not self.dialogs and not self.errors
        assert self.page.evaluate("window.pwned") is None
        assert len(self.page.context.pages) == 1


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Any]:
    contexts = []

    def opened(page: Path, width: int = 1280, **more: Any) -> Noted:
        context = browser.new_context(viewport={"width": width, "height": 900}, **more)
        contexts.append(context)
        noted = Noted(context.new_page())
        noted.page.set_default_timeout(60_000)
        expect.set_options(timeout=30_000)
        context.on("request", lambda request: noted.requests.append(request.url))
        context.on(
            "requestfailed", lambda one: noted.refused.append(one.url) if one.failure == "csp" else None
        )
        noted.page.on("dialog", lambda dialog: (noted.dialogs.append(dialog.message), dialog.dismiss()))
        noted.page.on("pageerror", lambda error: noted.errors.append(str(error)))
        noted.page.on(
            "console", lambda said: noted.errors.append(said.text) if said.type == "error" else None
        )
        noted.page.goto(page.as_uri())
        return noted

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of two runs of eight problems: one is right in half of its candidates, one in a quarter."""
    folder = tmp_path_factory.mktemp("reported")
    write_jsonl(folder / "problems.jsonl", sums(8))
    for name, often in (("half", 2), ("quarter", 4)):
        rows = [
            {
                "id": str(at),
                "completions": [f"try {one}: it is {at + at + bool(one % often)}" for one in range(8)],
            }
            for at in range(8)
        ]
        write_jsonl(folder / "candidates.jsonl", rows)
        sample = {"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, "n": 8}
        write_recipe(folder, name=name, sample=sample, build={"sft": {}, "preference": {}})
        assert winnow("run", "recipe.yaml", cwd=folder).returncode == 0
    told = winnow("report", "half", "quarter", "--out", "told", cwd=folder)
    assert told.returncode == 0, told.stderr
    return folder / "told/report.html"


def hostile_problem(at: int) -> Problem:
    text = HOSTILE[at]
    prompt = ({"role": "system", "content": text}, {"role": "user", "content": f"{at} {text}"})
    return Problem(f"{at} {text}", prompt, {"answer": text}, {"family": text, text: text})


@pytest.fixture(scope="module", params=["inside", "beside"])
def hostile(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page on which every text is hostile, with its groups in it or beside it."""
    folder = tmp_path_factory.mktemp("hostile")
    long = "word " * (20_000 if request.param == "beside" else 1)
    ledger = write_ledger(
        folder / "ledger", [[("p", text), ("f", text + long)] for text in HOSTILE], problem_at=hostile_problem
    )
    everything = "".join(HOSTILE)
    run = run_report("small", "model", n=8, problems=20)
    run = run.model_copy(
        update={
            "name": everything,
            "models": [everything],
            "parameters": [everything],
            "recipe": everything,
            "manifest": everything,
            "families": {
                key: [
                    one.model_copy(update={"value": text, "rows": {text: 1}})
                    for one, text in zip(rows * 9, HOSTILE, strict=False)
                ]
                for key, rows in [("family", run.families["family"]), (HOSTILE[0], run.families["family"])]
            },
            "servers": [one.model_copy(update={"name": everything}) for one in run.servers],
            "kept": [
                one.model_copy(update={"dataset": HOSTILE[1], "figures": {HOSTILE[2]: 0.5}})
                for one in run.kept
            ],
            "audit": run.audit.model_copy(update={"verifier": everything, "version": HOSTILE[0]}),
        }
    )
    other = run.model_copy(update={"name": HOSTILE[0]})
    shown = Shown(ledger, FINGERPRINT)
    page = write_page(report_of(run, other), [shown, shown], folder / "out")
    assert (folder / "out/report-groups").exists() == (request.param == "beside")
    return page


def test_curves_are_there_and_tell_values_under_the_pointer(visit: Any, reported: Path) -> None:
    noted = visit(reported)
    plot = noted.page.locator("#coverage svg")
    expect(plot.locator("g.curve")).to_have_count(2)
    expect(plot.locator("text.name")).to_have_text(["half", "quarter"])
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    noted.page.mouse.move(box["x"] + 48, box["y"] + 100)
    tip = noted.page.locator("#coverage .tip")
    expect(tip).to_contain_text("k = 1")
    expect(tip).to_contain_text(re.compile(r"half50\.0%.*quarter25\.0%"))
    plot.focus()
    noted.page.keyboard.press("End")
    noted.page.keyboard.press("ArrowLeft")
    expect(tip).to_be_visible()
    noted.page.locator("#runs button", has_text="quarter").click()
    expect(noted.page.locator("#coverage g.curve")).to_have_count(1)
    noted.was_quiet(reported.parent)


def test_the_cost_plot_is_there(visit: Any, reported: Path) -> None:
    noted = visit(reported)
    expect(noted.page.locator("#cost g.curve")).to_have_count(0)  # a replay costs nothing and tells no tokens
    noted.was_quiet(reported.parent)


def test_what_was_kept_is_told(visit: Any, reported: Path) -> None:
    noted = visit(reported)
    rows = noted.page.locator("#datasets tbody tr")
    expect(rows).to_have_count(4)
    expect(rows.first).to_contain_text("preference")
    expect(noted.page.locator("#summary")).to_contain_text("64")


def test_filters_search_and_keys(visit: Any, reported: Path) -> None:
    noted = visit(reported)
    page = noted.page
    items = page.locator("#groups .list li")
    expect(items).to_have_count(8)
    page.keyboard.press("/")
    page.keyboard.type("3 + 3")
    expect(items).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator("#group .prompt")).to_have_text("What is 3 + 3?")
    expect(page.locator("#group .candidate")).to_have_count(8)
    expect(page.locator("#group .candidate").first).to_contain_text("✓ pass")
    page.get_by_role("button", name="✗ fail (4)").click()
    expect(page.locator("#group .candidate")).to_have_count(4)
    expect(page.locator("#group .candidate .reason").first).to_contain_text("6")
    page.get_by_label("Search prompts").fill("try 5: it is 9")
    expect(items).to_have_count(0)
    page.get_by_role("button", name="Search all texts").click()
    expect(items).to_have_count(1)
    expect(page.locator("#groups .said").first).to_contain_text("in their texts")
    page.get_by_label("Search prompts").fill("")
    page.get_by_label("Verdicts").select_option("all")
    expect(items).to_have_count(0)
    page.get_by_label("Verdicts").select_option("mixed")
    expect(items).to_have_count(8)
    page.get_by_label("Run", exact=True).select_option("1")
    page.locator("#groups .list li").nth(2).click()
    expect(page.locator("#group .head").first).to_contain_text("2 of 8 passed")
    page.keyboard.press("k")
    page.get_by_role("button", name="half: 4 / 8").click()
    expect(page.locator("#group .head").first).to_contain_text("4 of 8 passed")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    noted.was_quiet(reported.parent)


def test_another_run_ends_a_search_of_texts(visit: Any, reported: Path) -> None:
    """The search is of the run that was looked at, and says nothing of the other."""
    page = visit(reported).page
    expect(page.locator("#groups .list li")).to_have_count(8)
    page.locator("#groups .list li").first.click()  # by which the other run's index is loaded, too
    expect(page.locator("#group .candidate")).to_have_count(8)
    page.get_by_label("Search prompts, ids and families").fill("what")
    expect(page.get_by_role("button", name="Search all texts")).to_be_enabled()
    page.evaluate(
        """() => {
            const [run] = document.querySelectorAll("#groups select");
            const [everywhere] = document.querySelectorAll("#groups button");
            everywhere.click();
            run.value = "1";
            run.dispatchEvent(new Event("change"));
        }"""
    )
    expect(page.locator("#groups .said[role=status]")).to_have_text("8 of 8 groups")
    expect(page.get_by_role("button", name="Search all texts")).to_be_enabled()


def test_an_address_leads_to_its_group(visit: Any, reported: Path) -> None:
    first = visit(reported)
    first.page.locator("#groups .list li").nth(5).click()
    first.page.wait_for_url(re.compile("#group=0/"))
    prompt = first.page.locator("#group .prompt").inner_text()
    again = visit(reported)
    again.page.goto(first.page.url)
    again.page.reload()
    expect(again.page.locator("#group .prompt")).to_have_text(prompt)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_themes_and_the_key_between_them(visit: Any, reported: Path, scheme: str) -> None:
    page = visit(reported, color_scheme=scheme).page
    ground = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(ground)
    assert (sum(map(int, re.findall(r"\d+", before))) > 384) == (scheme == "light")
    page.keyboard.press("t")
    after = page.evaluate(ground)
    assert (sum(map(int, re.findall(r"\d+", after))) > 384) == (scheme == "dark")


@pytest.mark.parametrize("width", [400, 760, 1280])
def test_no_width_needs_a_sideways_scroll(visit: Any, hostile: Path, width: int) -> None:
    page = visit(hostile, width=width).page
    expect(page.locator("#groups .list li").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator("#group .candidate").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_text_is_shown_and_does_nothing(visit: Any, hostile: Path) -> None:
    noted = visit(hostile)
    page = noted.page
    expect(page.locator("#groups .list li")).to_have_count(len(HOSTILE))
    shown = set()
    for _ in HOSTILE:
        page.keyboard.press("j")
        item = page.locator('#groups .list li[aria-selected="true"]')
        expect(item).to_have_count(1)
        at = int(item.inner_text().split()[0])
        text = HOSTILE[at].replace("\r\n", "\n").replace("\r", "\n")
        expect(page.locator("#group .prompt").last).to_have_text(re.compile(rf"^{at} "))  # not the last one's
        expect(page.locator("#group .candidate")).to_have_count(2)
        if not re.search(r"[^\x20-\x7e]", text):  # others are shown with marks
            assert page.locator("#group .candidate .completion").first.text_content() == text
        shown.add(at)
    assert shown == set(range(len(HOSTILE)))
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    page.get_by_label("Search prompts").fill("pwned")
    page.get_by_role("button", name="Search all texts").click()
    expect(page.locator("#groups .said").first).to_contain_text("in their texts")
    assert page.locator("main script, main img, main iframe, main a, main link, main style").count() == 0
    assert page.locator(".mark", has_text="U+202E").count() > 0
    noted.was_quiet(hostile.parent)


def test_even_what_escaped_its_escaping_could_do_nothing(visit: Any, hostile: Path, tmp_path: Path) -> None:
    told = hostile.read_text(encoding="utf-8")
    broken = tmp_path / "broken.html"
    broken.write_text(told.replace("<main", "".join(HOSTILE[:7]) + "<main", 1), encoding="utf-8")
    noted = visit(broken)
    until(noted.page, lambda: bool(noted.refused))
    noted.page.wait_for_timeout(500)  # what would come later
    assert noted.page.evaluate("window.pwned") is None and not noted.dialogs
    assert [url for url in noted.requests if not url.startswith("file:")] == noted.refused
    assert noted.refused == ["https://example.invalid/x.png"]  # by our policy, before anything was sent
    assert any("Content Security Policy" in error for error in noted.errors)


def test_groups_that_were_left_behind_are_missed(visit: Any, tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger", [[("p", "many words " * 400)] for _ in range(500)])
    page = write_page(
        report_of(run_report("a", "a", n=2, problems=5)), [Shown(ledger, FINGERPRINT)], tmp_path / "out"
    )
    alone = tmp_path / "alone.html"
    alone.write_bytes(page.read_bytes())
    expect(visit(alone).page.locator("#groups .said").first).to_contain_text(
        "keep the folder report-groups with it"
    )
    expect(visit(page).page.locator("#groups .list li")).to_have_count(50)


def test_a_sample_says_that_it_is_one(visit: Any, tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "ledger", [[("p", "a"), ("f", "b")] for _ in range(30)])
    report = report_of(run_report("a", "a", n=2, problems=5))
    page = write_page(report, [Shown(ledger, FINGERPRINT)], tmp_path / "out", groups=10)
    expect(visit(page).page.locator("#groups .note")).to_contain_text("10 of 30 groups are here")


def test_a_run_that_nobody_judged_has_a_page_too(visit: Any, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "problems.jsonl", sums(2))
    rows = [{"id": str(at), "completions": ["a text", "another"]} for at in range(2)]
    write_jsonl(tmp_path / "candidates.jsonl", rows)
    sample = {"engine": {"type": "replay", "path": str(tmp_path / "candidates.jsonl")}, "n": 2}
    write_recipe(tmp_path, sample=sample, verify={"type": "answer"})
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    told = winnow("report", "sums", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    noted = visit(tmp_path / "runs/sums/report/report.html")
    expect(noted.page.locator("#groups .list li")).to_have_count(2)
    expect(noted.page.locator(".tile").first).to_have_text("–solved: nothing was judged right or wrong")
    expect(noted.page.locator(".tile").last).to_have_text("–tokens of completions")
    rows = noted.page.locator("#summary tbody tr")
    for name, shown in (("Run", "sums"), ("Solved", "–"), ("Tokens of prompts, of completions", "–")):
        expect(rows.filter(has=noted.page.get_by_role("rowheader", name=name, exact=True))).to_have_text(
            f"{name}{shown}"
        )
    expect(noted.page.locator("section")).to_have_count(7)
    expect(noted.page.locator("#spread, #cost")).to_have_count(0)
    noted.was_quiet(tmp_path / "runs/sums/report")
