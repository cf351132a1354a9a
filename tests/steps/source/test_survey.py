"""The look at a source before anything is sampled."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.source import AnySource, InlineSource, JsonlSource, Source
from winnow.steps.source.survey import survey

GOOD = '{"q": "%d", "a": 1}\n'


def source(path: Path, content: str, **keys: Any) -> JsonlSource:
    path.write_text(content)
    told = {"type": "jsonl", "path": str(path), "prompt": "q", "reference": {"answer": "a"}, **keys}
    return JsonlSource.model_validate(told)


def test_counts_and_keys(tmp_path: Path) -> None:
    content = "".join(GOOD % at for at in range(10))
    found = survey(source(tmp_path / "d.jsonl", content, metadata={"asked": "q"}))
    assert (found.count, found.bad_count, found.bad) == (10, 0, [])
    assert (found.references, found.metadata) == ({"answer"}, {"asked"})


def test_stop_names_the_first_five(tmp_path: Path) -> None:
    content = GOOD % 1 + "{broken\n" * 7
    with pytest.raises(UsageError) as wrong:
        survey(source(tmp_path / "d.jsonl", content))
    told = str(wrong.value).splitlines()
    assert (
        told[0]
        == f"{tmp_path / 'd.jsonl'} has 7 bad rows; mend them, or leave them out with on_bad_row: skip"
    )
    for at, line in enumerate(told[1:6], 2):
        assert line.strip().startswith(f"{tmp_path / 'd.jsonl'}, line {at}: broken JSON")
    assert told[6].strip() == "... and 2 more"
    assert len(told) == 7


def test_one_bad_row_is_told_in_the_singular(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has 1 bad row; mend") as wrong:
        survey(source(tmp_path / "d.jsonl", GOOD % 1 + GOOD % 1))
    assert "line 2: same problem as line 1" in str(wrong.value)


def test_skip_keeps_the_first_twenty(tmp_path: Path) -> None:
    found = survey(source(tmp_path / "d.jsonl", GOOD % 1 + "{broken\n" * 30, on_bad_row="skip"))
    assert (found.count, found.bad_count, len(found.bad)) == (1, 30, 20)
    assert found.bad[0].where.endswith("line 2")


def test_skip_needs_one_good_row(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no good row is left: is the mapping of the source right"):
        survey(source(tmp_path / "d.jsonl", "{}\n", on_bad_row="skip"))


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_source(tmp_path: Path, content: str) -> None:
    with pytest.raises(UsageError, match=r"d\.jsonl is empty: expected at least one row"):
        survey(source(tmp_path / "d.jsonl", content, on_bad_row="skip"))


def test_a_missing_source(tmp_path: Path) -> None:
    told = source(tmp_path / "d.jsonl", "")
    (tmp_path / "d.jsonl").unlink()
    with pytest.raises(MissingError, match=r"d\.jsonl is not there"):
        survey(told)


def test_any_source_is_told_by_its_type() -> None:
    adapter: TypeAdapter[Source] = TypeAdapter(AnySource)
    row = {"q": "x", "a": "1"}
    told = adapter.validate_python({"type": "inline", "rows": [row], "prompt": "q"})
    assert isinstance(told, InlineSource)
    assert adapter.validate_python(told.model_dump(by_alias=True)) == told
    with pytest.raises(ValidationError, match="'jsonl', 'parquet', 'csv', 'hub', 'inline', 'tasks'"):
        adapter.validate_python({"type": "json"})


def test_importing_sources_is_light() -> None:
    code = "import sys, winnow.steps.source; print(*[m for m in sys.argv[1:] if m in sys.modules])"
    heavy = ["pyarrow", "datasets", "polars", "numpy", "pandas", "huggingface_hub", "asyncio"]
    done = subprocess.run([sys.executable, "-c", code, *heavy], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
