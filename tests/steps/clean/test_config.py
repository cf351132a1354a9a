"""The recipe's part `clean`."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from winnow.steps.clean.config import PERSONAL, CleanConfig


def config(**keys: Any) -> CleanConfig:
    return CleanConfig.model_validate(keys)


def test_whatever_is_not_asked_for_is_off() -> None:
    empty = config()
    assert not empty.of_candidates
    assert not empty.of_rows
    assert not empty.needs_prompts
    assert config(pii=False, refusals=False) == empty


@pytest.mark.parametrize(
    ("keys", "candidates", "rows"),
    [
        ({"refusals": True}, True, False),
        ({"pii": ["email"]}, True, False),
        ({"languages": ["en"]}, True, False),
        ({"min_characters": 5}, True, False),
        ({"max_characters": 5}, True, False),
        ({"max_tokens": {"tokenizer": "t", "prompt_and_completion": 9}}, True, False),
        ({"near_duplicates": {"candidates": True}}, True, False),
        ({"near_duplicates": {"answers": True}}, False, True),
        ({"near_duplicates": {"prompts": True}}, False, False),
        ({"decontaminate": [{"path": "e.txt"}]}, False, False),
        ({"decontaminate": [{"path": "e.txt"}], "decontaminate_answers": True}, True, False),
    ],
)
def test_who_must_be_asked(keys: dict[str, Any], candidates: bool, rows: bool) -> None:
    assert config(**keys).of_candidates == candidates
    assert config(**keys).of_rows == rows


def test_short_forms() -> None:
    assert config(pii=True).pii == list(PERSONAL)
    assert config(refusals=True) == config(refusals={})


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"near_duplicates": {}}, "asks for nothing"),
        ({"near_duplicates": {"prompts": True, "threshold": 0.3}}, "greater than or equal to 0.5"),
        ({"decontaminate": [{"path": "e.jsonl"}]}, "`fields` must name the fields"),
        ({"decontaminate": [{"path": "e.txt", "fields": ["a"]}]}, "a .txt file has no fields"),
        ({"decontaminate": [{"path": "e.csv.gz", "fields": ["a"], "revision": "b"}]}, "this is a file"),
        ({"decontaminate_answers": True}, "needs evaluation sets"),
        ({"languages": ["english"]}, "'english' is no ISO 639-1 code"),
        ({"pii": ["name"]}, "'email', 'phone'"),
        ({"min_characters": 9, "max_characters": 5}, "nothing would be left"),
        ({"refusals": {"also": ["(a"]}}, "no regular expression of Rust's: unclosed group"),
        ({"refusals": {"also": ["(?=a)"]}}, "look-around"),
        ({"refusals": {"also": ["a*"]}}, "matches the empty text"),
        ({"refusals": {"also": [r"(\w{1000}){1000}"]}}, "size limit"),
        ({"refusals": {"also": ["(?x) lo \\s siento | a* # c"]}}, "matches the empty text"),
        ({"dedupe": True}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_refused(keys: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as wrong:
        config(**keys)
    assert told in str(wrong.value)


def test_it_is_light() -> None:
    code = (
        "import sys, winnow.steps.clean.config; print({'polars', 'numpy', 'tokenizers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
