"""From a ledger to people and back: twenty reviews in a browser change what is published, as they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import expect
from support.argilla import ArgillaServer
from support.browser import chromium, visit
from support.command import winnow
from support.hub.server import HubServer
from support.recipes import write_sums

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]
REPO = "my-org/reviewed"
# By turns, what a reviewer presses: right, wrong, not to be told, and a discard.
KEYS = ("1", "2", "3", "Backspace")
LOAD = f"""
import json, sys
from datasets import load_dataset
for kind in ("sft", "preference"):
    print(json.dumps(sorted(int(row["source_id"]) for row in load_dataset("{REPO}", kind, split="train"))))
"""


def test_what_people_say_is_what_is_published(argilla: ArgillaServer, tmp_path: Path) -> None:
    build = {"sft": {}, "preference": {}}
    there = ("--dataset", "twenty")
    write_sums(tmp_path, count=20, n=2, build=build)
    command("run", "recipe.yaml", cwd=tmp_path)
    command("review", "push", "sums", *there, cwd=tmp_path, env=argilla.env)
    with HubServer() as hub:
        before = published(hub, tmp_path)
        assert before == [list(range(20)), list(range(20))]
        pressed = review(argilla)
        assert sorted(pressed) == list(range(20))
        told = command("review", "pull", "sums", *there, cwd=tmp_path, env=argilla.env)
        assert "20 responses, 20 of them new" in told
        reviewed = {**build, "reviews": {"rule": "override"}}
        write_sums(tmp_path, count=20, n=2, build=reviewed)
        command("build", "sums", "--recipe", "recipe.yaml", cwd=tmp_path)
        wrong = {at for at, key in pressed.items() if key == "2"}
        assert len(wrong) == 5
        left = [at for at in range(20) if at not in wrong]
        for kind in ("sft", "preference"):
            rows = pl.read_parquet(tmp_path / f"runs/sums/datasets/{kind}/*.parquet")
            assert sorted(rows["source_id"].cast(int)) == left
        assert published(hub, tmp_path) == [left, left]


def review(argilla: ArgillaServer) -> dict[int, str]:
    """Answer all twenty by the keyboard; what was pressed, by the problem."""
    pressed: dict[int, str] = {}
    with chromium() as browser, visit(browser, argilla.url) as visited:
        page = visited.page
        page.goto(f"{argilla.url}/sign-in")
        page.locator("input[name=Username]").fill(argilla.reviewer.username)
        page.locator("input[name=Password]").fill(argilla.reviewer.password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        page.goto(f"{argilla.url}/dataset/{argilla.dataset('twenty-sft')}/annotation-mode")
        bubble = page.locator(".chat__bubble").first
        for turn in range(20):
            asked = bubble.inner_text()
            key = KEYS[turn % len(KEYS)]
            pressed[int(asked.split()[2])] = key
            page.keyboard.press(key)
            if key != "Backspace":
                page.keyboard.press("Enter")
            if turn < 19:
                expect(bubble).not_to_have_text(asked)
        expect(page.get_by_text("75.00%").first).to_be_visible()  # a discard finishes no record
        assert (visited.left, visited.dialogs) == ([], [])
    return pressed


def published(hub: HubServer, folder: Path) -> list[list[int]]:
    """Publish the build, and load it as anybody would: the problems of each dataset."""
    command("publish", "sums", "--repo", REPO, cwd=folder, env=hub.env(folder / "home"))
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        env={"PATH": "/usr/bin", **hub.env(folder / f"fresh-{len(list(folder.iterdir()))}")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def command(*arguments: str, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = winnow(*arguments, cwd=cwd, env=env or {})
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
