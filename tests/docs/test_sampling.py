"""The page on sampling tells every key, and what it shows is a recipe's."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from winnow.steps.engine.protocol import ServerConfig
from winnow.steps.sample.config import Budget, SampleConfig, Target
from winnow.steps.sample.prompting import Example, Variant
from winnow.steps.sample.until import Agree, Until
from winnow.verifiers import load

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/sampling.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_are_valid(block: str) -> None:
    told = yaml.safe_load(block)
    SampleConfig.model_validate(told["sample"])
    load(told.get("verify", {"type": "math"}))


def test_the_table_has_every_key_and_its_default() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]*?) ?\|", PAGE, re.MULTILINE))
    fields = SampleConfig.model_fields
    assert list(rows) and set(rows) == set(fields)
    for name, default in rows.items():
        plain = fields[name].get_default(call_default_factory=True)
        told = str(plain) if isinstance(plain, int | float) else "none"
        assert default == ("" if name in ("engine", "n", "until", "max_n") else told), name


@pytest.mark.parametrize("model", [Until, Agree, Budget, Target, Example, Variant])
def test_every_key_below_is_named(model: type[BaseModel]) -> None:
    for name, field in model.model_fields.items():
        assert re.search(rf"\b{field.alias or name}\b", PAGE), name


def test_what_engines_are_told_is_named() -> None:
    assert all(f"`{name}" in PAGE for name in ("api", "logprobs")) and ServerConfig.model_fields


def test_the_benchmark_runs_on_a_file_of_that_form(tmp_path: Path) -> None:
    rows = [{"gt": "7", "code": ["It is 7."] * 5 + ["It is 8."] * 3}, {"gt": "1/2", "code": ["0.5"] * 8}]
    (tmp_path / "file.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command = [sys.executable, ROOT / "benchmarks/consensus.py", tmp_path / "file.jsonl"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "pass@1 0.812" in told and re.search(r"agree: 0\.95 +4\.00 +2\n", told)
    assert "different verdicts: 0\n" in told and "taken for several: 0\n" in told
