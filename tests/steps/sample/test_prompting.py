"""Examples, variants and temperatures: what a recipe may say, and who is asked how."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pydantic import ValidationError
from support.command import winnow
from support.openai_server import OpenAIServer
from support.recipes import write_jsonl, write_sums

from winnow.steps.ledger import Ledger
from winnow.steps.sample.config import SampleConfig

ENGINE = {"type": "replay", "path": "none.jsonl"}
VARIANTS = ["{prompt}", {"prompt": "Step by step: {prompt}", "system": "You add."}]


def config(**keys: Any) -> SampleConfig:
    return SampleConfig.model_validate({"engine": ENGINE, "n": 4, **keys})


def test_each_variant_meets_each_temperature() -> None:
    ways = config(variants=VARIANTS, temperature=[0.6, 1], system="Be brief.").ways
    assert [(way.temperature, way.prompt[:4], way.system) for way in ways] == [
        (0.6, "{pro", "Be brief."),
        (0.6, "Step", "You add."),
        (1.0, "{pro", "Be brief."),
        (1.0, "Step", "You add."),
    ]
    assert sorted(way.place(number) for way in ways for number in range(5)) == list(range(20))
    (only,) = config().ways
    assert (only.temperature, only.way, only.ways) == (0.8, 0, 1)


def test_examples_may_stand_in_a_file(tmp_path: Path) -> None:
    shown = [{"user": "1 + 1?", "assistant": "2"}, {"user": "1 + 2?", "assistant": "3"}]
    path = write_jsonl(tmp_path / "shown.jsonl", shown)
    assert config(few_shot=str(path)).ways == config(few_shot=shown).ways
    assert config(few_shot=str(path)).model_dump()["few_shot"] == shown  # a manifest has them whole


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"variants": ["Think step by step."]}, r"put \{prompt\} into it"),
        ({"variants": ["{prompt}", {"prompt": "{prompt}"}]}, "variant 1 says the same as variant 0"),
        ({"variants": [{"promt": "{prompt}"}]}, "Extra inputs"),
        ({"temperature": []}, "number from 0 to 10, or a list"),
        ({"temperature": [0.5, 11]}, "number from 0 to 10, or a list"),
        ({"temperature": True}, "number from 0 to 10, or a list"),
        ({"few_shot": [{"user": "q"}]}, "Field required"),
        ({"few_shot": "nowhere.jsonl"}, r"nowhere\.jsonl cannot be read \(No such file"),
    ],
)
def test_what_makes_no_sense_is_refused(keys: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        config(**keys)


def test_a_line_that_is_no_example_is_named(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "shown.jsonl", [{"user": "q", "assistant": "a"}, {"user": "q"}])
    with pytest.raises(ValidationError, match=r'shown\.jsonl, line 2: expected \{"user"'):
        config(few_shot=str(path))


def test_a_run_asks_by_turns_and_every_row_says_how(tmp_path: Path) -> None:
    shown = [{"user": "What is 1 + 1?", "assistant": "It is 2"}]
    with OpenAIServer() as server:
        sample = {
            "engine": {"type": "endpoint", "base_url": server.url, "model": "m"},
            "n": 7,
            "variants": VARIANTS,
            "temperature": [0.5, 1.0],
            "few_shot": shown,
            "extra": {"chat_template_kwargs": {"enable_thinking": False}},
        }
        write_sums(tmp_path, count=3, sample=sample)
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        bodies = [body for body in server.seen if body["max_tokens"] != 1]
    assert all(body["chat_template_kwargs"] == {"enable_thinking": False} for body in bodies)
    asked = {
        (body["temperature"], body["messages"][-1]["content"].startswith("Step"), body.get("n", 1))
        for body in bodies
    }
    assert asked == {(0.5, False, 2), (0.5, True, 2), (1.0, False, 2), (1.0, True, 1)}
    assert all(
        [one["role"] for one in body["messages"]][-3:] == ["user", "assistant", "user"] for body in bodies
    )
    rows = Ledger(tmp_path / "runs/sums/ledger").scan("completions").collect()
    for index, told in rows.select("index", "told").iter_rows():
        how = json.loads(told)
        assert how["temperature"] == (0.5 if index % 4 < 2 else 1.0)
        assert how.get("system") == ("You add." if index % 2 else None)
    (built,) = (tmp_path / "runs/sums/datasets/sft").glob("*.parquet")
    known = dict(rows.select("id", "told").iter_rows())
    sft = pl.read_parquet(built)
    assert sft.height and sft["sampling"].to_list() == [known[one] for one in sft["id"]]

    again = winnow("run", "recipe.yaml", "--set", "sample.temperature=[0.5, 0.9]", cwd=tmp_path)
    assert again.returncode == 2 and "sample.temperature was [0.5,1.0] and is [0.5,0.9]" in again.stderr
