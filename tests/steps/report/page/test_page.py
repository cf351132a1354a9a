"""The page as a file: its policy, its size, its bytes; what a browser makes of it is in tests/heavy."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
from support.hostile import HOSTILE
from support.ledgers import FINGERPRINT, write_ledger
from support.reports import report_of, run_report

from winnow.steps.errors import MissingError
from winnow.steps.report.page import Shown, write_page
from winnow.steps.report.page.html import SCRIPTS

RUN = run_report("small", "SmolLM2", n=8, problems=10)


def page(tmp_path: Path, *texts: str, times: int = 1) -> str:
    ledger = write_ledger(
        tmp_path / "ledger", [[("p", text), ("f", f"not {text}")] for text in texts * times]
    )
    written = write_page(report_of(RUN), [Shown(ledger, FINGERPRINT)], tmp_path / "out")
    assert written == tmp_path / "out/report.html"
    return written.read_text(encoding="utf-8")


def test_only_our_script_may_run(tmp_path: Path) -> None:
    told = page(tmp_path, *HOSTILE)
    scripts = re.findall(r"<script(?![^>]*application/json)[^>]*>(.*?)</script>", told, re.DOTALL)
    styles = re.findall(r"<style>(.*?)</style>", told, re.DOTALL)
    assert len(scripts) == len(styles) == 1
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', told)
    for allowed, text in (("script-src", scripts[0]), ("style-src", styles[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy.partition(allowed)[2].partition(";")[0]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "example.invalid/x.png" in told and 'src="https' not in told


def test_a_small_run_is_one_file_and_a_large_one_is_loaded_from_beside_it(tmp_path: Path) -> None:
    small = page(tmp_path / "small", "a few words")
    assert not (tmp_path / "small/out/report-groups").exists() and 'data-name="0/index"' in small
    large = page(tmp_path / "large", "many words " * 500, times=300)
    there = sorted(path.name for path in (tmp_path / "large/out/report-groups/0").iterdir())
    assert there[0] == "00000.js" and there[-1] == "index.js" and len(there) > 3
    assert 'data-name="0/index"' not in large and len(large) < 120_000


def test_what_an_earlier_page_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    page(tmp_path / "one", "many words " * 500, times=300)
    ours = tmp_path / "one/out/report-groups/0"
    (ours / "notes.js").write_text("mine")
    (ours / "99999.js").write_text("of an earlier page")
    write_page(
        report_of(RUN), [Shown(write_ledger(tmp_path / "empty", []), FINGERPRINT)], tmp_path / "one/out"
    )
    assert [path.name for path in ours.iterdir()] == ["notes.js"]


def test_what_cannot_be_removed_is_told(tmp_path: Path) -> None:
    (tmp_path / "out/report-groups/0/00000.js").mkdir(parents=True)
    with pytest.raises(MissingError, match="report-groups cannot be written"):
        page(tmp_path, "some text")


def test_the_same_ledger_gives_the_same_page(tmp_path: Path) -> None:
    texts = [f"text {at}" for at in range(30)]
    assert page(tmp_path / "a", *texts) == page(tmp_path / "b", *texts)


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_can_be_read_and_takes_no_text_for_markup(name: str) -> None:
    asset = files("winnow.steps.report.page") / "assets" / name
    told = asset.read_text(encoding="utf-8")
    for never in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "Function(",
        "fetch(",
    ):
        assert never not in told
    subprocess.run(["node", "--check", "-"], input=told, text=True, check=True)


def test_every_asset_is_in_the_page() -> None:
    there = {path.name for path in (files("winnow.steps.report.page") / "assets").iterdir()}
    assert there == {*SCRIPTS, "page.css", "page.html"}
