"""The page on Ray says what is so; its commands are run by tests/heavy/test_ray.py."""

from __future__ import annotations

import re
from pathlib import Path

from winnow.pipelines.ray import cluster, runner

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/ray.md").read_text()


def test_its_times() -> None:
    assert "silent for a minute" in PAGE and cluster._SILENCE == 60
    assert "not told for a quarter of a second" in PAGE and runner._BEAT == 0.25
    assert "The next two seconds" in PAGE and runner._LOOK == 2.0


def test_its_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
