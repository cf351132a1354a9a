"""Datasets by the `datasets` library, from local folders: the same code path as from the hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset, DatasetDict

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import BadRow, Problem
from winnow.steps.source import HubSource
from winnow.steps.source.survey import survey

ROWS = [{"q": f"question {at}", "a": {"value": at}, "unread": b"\xff"} for at in range(600)]


@pytest.fixture(autouse=True)
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches the network or leaves a cache behind."""
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of data files, as a repository of the hub is one."""
    path = tmp_path / "gsm"
    path.mkdir()
    Dataset.from_list(ROWS).to_parquet(path / "train-00000-of-00001.parquet")
    Dataset.from_list(ROWS[:3]).to_parquet(path / "test-00000-of-00001.parquet")
    return path


def hub(path: Path | str, **keys: Any) -> HubSource:
    told = {"type": "hub", "path": str(path), "prompt": "q", "reference": {"answer": "a.value"}, **keys}
    return HubSource.model_validate(told)


@pytest.mark.parametrize("streaming", [False, True])
def test_rows(folder: Path, streaming: bool) -> None:
    rows = list(hub(folder, streaming=streaming).rows())
    assert len(rows) == 600
    assert all(isinstance(row, Problem) for row in rows)
    assert isinstance(rows[-1], Problem)
    assert rows[-1].prompt[0]["content"] == "question 599"
    assert rows[-1].reference == {"answer": 599}


@pytest.mark.parametrize("streaming", [False, True])
def test_split_and_limit(folder: Path, streaming: bool) -> None:
    assert len(list(hub(folder, split="test", streaming=streaming).rows())) == 3
    assert len(list(hub(folder, limit=10, streaming=streaming).rows())) == 10
    assert len(list(hub(folder, split="test", limit=10, streaming=streaming).rows())) == 3


def test_folders_that_save_to_disk_wrote(tmp_path: Path) -> None:
    Dataset.from_list(ROWS[:5]).save_to_disk(tmp_path / "one")
    DatasetDict({"train": Dataset.from_list(ROWS[:5])}).save_to_disk(tmp_path / "many")
    assert len(list(hub(tmp_path / "one").rows())) == 5
    assert len(list(hub(tmp_path / "many").rows())) == 5
    with pytest.raises(UsageError, match=r"has no split 'trian'; did you mean 'train'\? It has: train"):
        list(hub(tmp_path / "many", split="trian").rows())


def test_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "bad"
    rows = [{"q": "x", "a": "1"}, {"q": "", "a": "1"}, {"q": "y", "a": None}, {"q": "x", "a": "1"}]
    Dataset.from_list(rows).save_to_disk(path)
    found = list(hub(path, reference={"answer": "a"}).rows())
    assert [row.why for row in found if isinstance(row, BadRow)] == [
        "the prompt is empty",
        "the reference field 'a' is null: a verifier needs a value",
        "same problem as row 1: equal prompt and reference; leave one out",
    ]
    assert found[1] == BadRow(f"{path} (train), row 2", "the prompt is empty")


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"split": "trian"}, "trian"),
        ({"config": "man"}, "'man' not found"),
        ({"prompt": "qestion"}, "no column 'qestion'"),
        ({"split": "trian", "streaming": True}, "trian"),
        ({"prompt": "qestion", "streaming": True}, "no column 'qestion'"),
    ],
)
def test_what_the_dataset_does_not_have(folder: Path, keys: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as wrong:
        list(hub(folder, **keys).rows())
    assert told in str(wrong.value)
    assert str(folder) in str(wrong.value)


def test_what_cannot_be_reached(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="cannot be reached"):
        list(hub("winnow-test/is-not-there").rows())
    with pytest.raises(MissingError, match="cannot be reached"):
        list(hub(tmp_path / "is-not-there").rows())


@pytest.mark.parametrize("streaming", [False, True])
def test_a_damaged_file(folder: Path, streaming: bool) -> None:
    (folder / "train-00000-of-00001.parquet").write_bytes(b"PAR1 no parquet PAR1")
    with pytest.raises((UsageError, MissingError), match="gsm"):
        list(hub(folder, streaming=streaming).rows())


def test_an_endless_stream_is_not_surveyed(folder: Path) -> None:
    assert survey(hub(folder, streaming=True)).count is None
    assert survey(hub(folder, streaming=True, limit=7)).count == 7


def test_identity_keeps_what_decides() -> None:
    keys = {"config": "main", "revision": "abc", "streaming": True}
    told = hub("org/name", **keys).identity()
    assert told == {
        "type": "hub",
        "path": "org/name",
        "split": "train",
        "prompt": "q",
        "metadata": {},
        "reference": {"answer": "a.value"},
        **keys,
    }
