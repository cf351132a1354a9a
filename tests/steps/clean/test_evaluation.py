"""Evaluation sets, from every kind of file and from folders as the Hub has them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datasets import Dataset, DatasetDict

from winnow.steps.clean.config import EvaluationConfig
from winnow.steps.clean.evaluation import evaluation_texts
from winnow.steps.errors import MissingError, UsageError

ROWS = [{"question": f"question {at}", "of": {"level": at}, "choices": ["a", "b"]} for at in range(3)]
TEXTS = [("evals", at + 1, "question", f"question {at}") for at in range(3)]


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the network or leaves a cache behind."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def read(path: Path | str, **keys: Any) -> list[tuple[Any, ...]]:
    told = {"path": str(path), "fields": ["question"], "name": "evals", **keys}
    return evaluation_texts([EvaluationConfig.model_validate(told)]).rows()


def test_files(tmp_path: Path) -> None:
    lines = "".join(json.dumps(row) + "\n" for row in ROWS)
    (tmp_path / "e.jsonl").write_text("\ufeff" + lines + "\n")
    with gzip.open(tmp_path / "e.jsonl.gz", "wt") as file:
        file.write(lines)
    pl.DataFrame(ROWS).write_parquet(tmp_path / "e.parquet")
    pl.DataFrame(ROWS).select("question").write_csv(tmp_path / "e.csv")
    (tmp_path / "e.txt").write_text("question 0\nquestion 1\n\nquestion 2\n")
    for name in ("e.jsonl", "e.jsonl.gz", "e.parquet", "e.csv"):
        assert read(tmp_path / name) == TEXTS
    assert [row[3] for row in read(tmp_path / "e.txt", fields=[])] == [f"question {at}" for at in range(3)]


def test_fields(tmp_path: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(tmp_path / "e.parquet")
    rows = read(tmp_path / "e.parquet", fields=["of.level", "choices"])
    assert rows[2:4] == [("evals", 2, "of.level", "1"), ("evals", 2, "choices", "a\nb")]


def test_keys_inside_of_objects_in_a_list(tmp_path: Path) -> None:
    choices = [{"label": "A", "text": "a hat"}, {"label": "B", "text": "a map"}]
    (tmp_path / "e.jsonl").write_text(json.dumps({"question": choices}) + "\n")
    rows = read(tmp_path / "e.jsonl", fields=["question.text"])
    assert rows == [("evals", 1, "question.text", "a hat\na map")]
    with pytest.raises(UsageError, match=r"row 1 has no field 'question\.said'"):
        read(tmp_path / "e.jsonl", fields=["question.said"])


def test_chat_messages(tmp_path: Path) -> None:
    """A message may say nothing, where a tool is called; its content may have parts."""
    parts = [{"type": "text", "text": "How many"}, {"type": "text", "text": "are left?"}]
    messages = [{"role": "user", "content": parts}, {"role": "assistant", "content": None}, {"role": "tool"}]
    (tmp_path / "e.jsonl").write_text(json.dumps({"question": messages}) + "\n")
    assert read(tmp_path / "e.jsonl") == [("evals", 1, "question", "How many\nare left?")]


def test_a_file_of_blank_lines(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text("\n \n")
    with pytest.raises(UsageError, match=r"e\.txt has no text: its 2 rows are blank"):
        read(tmp_path / "e.txt", fields=[])


def test_folders_as_the_hub_has_them(tmp_path: Path) -> None:
    Dataset.from_list(ROWS).save_to_disk(tmp_path / "one")
    DatasetDict({"test": Dataset.from_list(ROWS)}).save_to_disk(tmp_path / "many")
    (tmp_path / "files").mkdir()
    Dataset.from_list(ROWS).to_parquet(tmp_path / "files/test-00000-of-00001.parquet")
    for name in ("one", "many", "files"):
        assert read(tmp_path / name) == TEXTS


def test_a_name_of_the_hub_is_asked_for_at_its_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(*args: Any, **keys: Any) -> Dataset:
        asked.append((args, keys))
        return Dataset.from_list(ROWS)

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert read("openai/gsm8k", config="main", revision="abc") == TEXTS
    assert asked == [(("openai/gsm8k", "main"), {"split": "test", "revision": "abc"})]


@pytest.mark.parametrize(
    ("name", "content", "error", "told"),
    [
        ("no.jsonl", None, MissingError, "no.jsonl is not there"),
        ("no.parquet", None, MissingError, "no.parquet is not there"),
        ("a.jsonl", '{"query": "x"}\n', UsageError, "a.jsonl, row 1 has no field 'question': it has query"),
        ("b.jsonl", '{"question": "x"}\n{"question\n', UsageError, "b.jsonl, row 2: "),
        ("c.jsonl", '["x"]\n', UsageError, "row 1: expected an object with fields, found list"),
        ("d.csv", "query\nx\n", UsageError, "has no field 'question'"),
        ("e.parquet", "PAR1", MissingError, "e.parquet cannot be read"),
        ("f.jsonl.gz", "no gzip", MissingError, "f.jsonl.gz cannot be read"),
        ("winnow-test/is-not-there", None, MissingError, "cannot be loaded"),
        ("g.jsonl", "", UsageError, "g.jsonl has no text: it has no rows"),
        ("h.jsonl", '{"question": ""}\n{"question": null}\n', UsageError, "in question its 2 rows are blank"),
        ("i.jsonl", '{"question": {"text": "x", "n": 1}}\n', UsageError, "such as question.text"),
        ("j.jsonl", '{"question": [{"text": "x"}]}\n', UsageError, "row 1: question holds an object without"),
        ("k.jsonl", '{"question": [{}]}\n', UsageError, "row 1: question holds an object without"),
        ("l.csv", "question\n", UsageError, "l.csv has no text: it has no rows"),
    ],
)
def test_what_cannot_be_read(tmp_path: Path, name: str, content: str | None, error: type, told: str) -> None:
    path = name if "/" in name else str(tmp_path / name)
    if content is not None:
        Path(path).write_text(content)
    with pytest.raises(error) as wrong:
        read(path)
    assert told in str(wrong.value)
    assert "decontaminate: " in str(wrong.value)
