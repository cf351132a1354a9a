"""Arguments that several verbs take."""

from __future__ import annotations

from pathlib import Path

import pytest

from winnow.pipelines.cli.options import existing_run
from winnow.steps.errors import UsageError


@pytest.mark.parametrize("name", ["nowhere", "x" * 300, "a\0b"], ids=["none", "too long", "a zero byte"])
def test_a_run_that_is_not_there(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=f"no run at {name[:2]}"):
        existing_run(name)
