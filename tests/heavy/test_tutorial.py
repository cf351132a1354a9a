"""The tutorial, followed command by command in a fresh clone, ends with a model that has learnt something.

By itself (`make tutorial`), since it installs winnow anew and runs the whole demo: some five minutes.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support import environments
from support.documented import ROOT, follow

from winnow.steps.export.trainers import TRAINERS

PAGE = "docs/tutorial.md"
pytestmark = [pytest.mark.tutorial, pytest.mark.timeout(1800)]


def test_it_ends_with_a_trained_model(tmp_path: Path) -> None:
    assert f"trl=={TRAINERS['trl'].version}\n" in (ROOT / PAGE).read_text()
    done = follow(PAGE, {".venv-trl": environments.trl()}, tmp_path / "winnow")
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    before, after = (
        float(told) for told in re.findall(r"^'eval_loss': '([\d.]+)'$", done.stdout, re.MULTILINE)
    )
    assert after < 0.75 * before
    out = tmp_path / "winnow/runs/demo/exports/trl/out/sft"
    assert list(out.glob("*.safetensors"))
