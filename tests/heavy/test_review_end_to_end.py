"""From the demo's ledger to people and back: twenty reviews in a browser change what is published."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import expect
from support.argilla import ArgillaServer
from support.browser import chromium, visit
from support.command import winnow
from support.environments import ROOT
from support.hub.server import HubServer

from winnow.steps.ledger import Ledger

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
REPO = "my-org/reviewed"
RECIPE = ROOT / "pipelines/recipes/demo.yaml"
SMALL = ("--set", "source.per_family=3", "--set", "sample.max_n=8", "--set", "build.sft.per_problem=16")
REVIEWS = 20
# By turns, what a reviewer presses: right, wrong, not to be told, and a discard.
KEYS = ("1", "2", "3", "Backspace")
LOAD = f"""
import json, sys
from datasets import load_dataset
for kind in ("sft", "preference"):
    print(json.dumps(sorted(row["id"] for row in load_dataset("{REPO}", kind, split="train"))))
"""
SHOWN = """() => [".chat__bubble", ".text_field_component .markdown-render"]
    .map(place => document.querySelector(place)?.innerText).join(" / ")"""


def test_what_people_say_is_what_is_published(argilla: ArgillaServer, tmp_path: Path) -> None:
    """The demo's ledger, of the real model: of its rows just those go that people call wrong."""
    there = ("--dataset", "twenty", "--records", str(REVIEWS))
    command("run", RECIPE, *SMALL, cwd=tmp_path)
    command("review", "push", "demo", *there, cwd=tmp_path, env=argilla.env)
    with HubServer() as hub:
        rows, pairs = published(hub, tmp_path)
        review(argilla)
        said = {
            record["external_id"]: response["values"].get("right", {}).get("value")
            for record in argilla.records("twenty-sft")
            for response in record["responses"]
        }
        assert Counter(said.values()) == {"yes": 5, "no": 5, "unsure": 5, None: 5}
        told = command("review", "pull", "demo", *there[:2], cwd=tmp_path, env=argilla.env)
        assert f"{REVIEWS} responses, {REVIEWS} of them new" in told
        command("build", "demo", "--recipe", reviewed(tmp_path), cwd=tmp_path)
        kept, left = published(hub, tmp_path)
    wrong = {row for row, value in said.items() if value == "no"}
    assert wrong < set(rows)
    assert kept == sorted(set(rows) - wrong)
    assert not wrong & {pair.split("-")[0] for pair in left}  # the chosen side stands first
    completions = Ledger(tmp_path / "runs/demo/ledger").scan("completions").select("id", "problem")
    problem = dict(completions.collect().iter_rows())
    touched = {problem[row] for row in wrong}
    before, after = (
        {pair for pair in which if problem[pair.split("-")[0]] not in touched} for which in (pairs, left)
    )
    assert before == after != set()


def reviewed(folder: Path) -> Path:
    """The demo's recipe as it was run, and with reviews."""
    manifest = json.loads((folder / "runs/demo/manifest.json").read_text())
    recipe = manifest["recipe"]
    recipe["build"]["reviews"] = {"rule": "override"}
    path = folder / "reviewed.yaml"
    path.write_text(yaml.safe_dump(recipe), encoding="utf-8")
    return path


def review(argilla: ArgillaServer) -> None:
    """Answer all by the keyboard."""
    with chromium() as browser, visit(browser, argilla.url) as visited:
        page = visited.page
        page.goto(f"{argilla.url}/sign-in")
        page.locator("input[name=Username]").fill(argilla.reviewer.username)
        page.locator("input[name=Password]").fill(argilla.reviewer.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(f"{argilla.url}/dataset/{argilla.dataset('twenty-sft')}/annotation-mode")
        submit = page.get_by_role("button", name="Submit")
        expect(page.locator(".text_field_component .markdown-render").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        for turn in range(REVIEWS):
            expect(submit).to_be_disabled()  # this record's form, and not the last one's
            before = page.evaluate(SHOWN)
            key = KEYS[turn % len(KEYS)]
            page.keyboard.press(key)
            if key != "Backspace":
                expect(submit).to_be_enabled()
                page.keyboard.press("Enter")
            if turn < REVIEWS - 1:
                page.wait_for_function(f"before => ({SHOWN})() !== before", arg=before)
                expect(page.locator(".text_field_component .markdown-render").first).to_be_visible()
        expect(page.get_by_text("75.00%").first).to_be_visible()  # a discard finishes no record
        assert (visited.left, visited.dialogs) == ([], [])


def published(hub: HubServer, folder: Path) -> list[list[str]]:
    """Publish the build, and load it as anybody would: the rows of each dataset."""
    command("publish", "demo", "--repo", REPO, cwd=folder, env=hub.env(folder / "home"))
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={"PATH": "/usr/bin", **hub.env(folder / f"fresh-{len(list(folder.iterdir()))}")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def command(*arguments: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = winnow(*arguments, cwd=cwd, env=env or {})
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
