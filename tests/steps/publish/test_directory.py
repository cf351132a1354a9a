"""Builds in directories and at URLs: whole before the pointer names them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from datasets import load_dataset
from support.store import reached

from winnow.steps.build.reading import Built
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.publish.collect import collect
from winnow.steps.publish.config import CardConfig
from winnow.steps.publish.directory import Place, place_of, publish_to
from winnow.steps.publish.plan import Plan

from .conftest import small


@pytest.fixture(params=["directory", "file", "memory", "store"])
def told(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    where = {
        "directory": str(tmp_path / "shelf"),
        "file": f"file://{tmp_path}/shelf",
        "memory": "memory://shelf",
    }
    if request.param == "store":
        with reached() as url:
            yield f"{url}/shelf"
        return
    yield where[request.param]
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def publish(built: Built, told: str, **more: Any) -> Plan:
    place = place_of(told)
    return publish_to(collect(built, {}, CardConfig(), place.public(built.build.id)), place, **more)


def latest(told: str) -> str:
    place = place_of(told)
    return str(json.loads(place.files.cat_file(place.at("latest.json")))["build"])


def names(told: str, build: str) -> set[str]:
    place = place_of(told)
    folder = place.at(build)
    return {path.partition(build + "/")[2] for path in place.files.find(folder)}


def test_builds_lie_side_by_side(told: str, tmp_path: Path) -> None:
    one, two = small(tmp_path / "one", shards=3), small(tmp_path / "two", first=9)
    for built in (one, two):
        assert not publish(built, told).is_empty
        assert latest(told) == built.build.id
        shards = {file.path for file in built.build.files}
        assert names(told, built.build.id) == shards | {"README.md", "manifest.json"}
    assert publish(two, told).is_empty
    assert publish(one, told).added == ("latest.json",)
    assert latest(told) == one.build.id


def test_it_is_loaded_as_it_lies(tmp_path: Path) -> None:
    built = small(tmp_path / "one", shards=3)
    publish(built, str(tmp_path / "shelf"))
    folder = str(tmp_path / "shelf" / built.build.id)
    rows = load_dataset(folder, "sft", split="train", cache_dir=str(tmp_path / "cache"))
    assert rows["source_id"] == [f"p{at:04}" for at in range(6)]


@pytest.mark.parametrize("at", range(6))
def test_what_breaks_off_is_not_pointed_to(
    told: str, tmp_path: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that is full at any file: the pointer names the old build, and the next time is right."""
    one, two = small(tmp_path / "one"), small(tmp_path / "two", first=9, shards=3)
    publish(one, told)
    place, written = place_of(told), []
    kind = type(place.files)
    opened = kind.open

    def full(self: Any, path: str, mode: str = "rb", **more: Any) -> Any:
        if mode == "wb":
            written.append(path)
            if len(written) > at:
                raise OSError(28, "No space left on device")
        return opened(self, path, mode, **more)

    monkeypatch.setattr(kind, "open", full)
    with pytest.raises(MissingError, match="No space left on device"):
        publish(two, told)
    assert latest(told) == one.build.id
    monkeypatch.setattr(kind, "open", opened)
    publish(two, told)
    assert latest(told) == two.build.id
    assert {file.path for file in two.build.files} <= names(told, two.build.id)


def test_half_a_file_is_written_again(told: str, tmp_path: Path) -> None:
    built = small(tmp_path / "one")
    publish(built, told)
    place = place_of(told)
    path = place.at(built.build.id, built.build.files[0].path)
    place.files.pipe_file(path, place.files.cat_file(path)[:100])
    place.files.pipe_file(place.at(built.build.id, "sft/train-00000-of-00009.parquet"), b"another's")
    done = publish(built, told)
    assert done.replaced == (built.build.files[0].path,)
    assert done.deleted == ("sft/train-00000-of-00009.parquet",)
    assert publish(built, told).is_empty


def test_what_people_wrote_goes_on(told: str, tmp_path: Path) -> None:
    one, two = small(tmp_path / "one"), small(tmp_path / "two", first=9)
    publish(one, told)
    place = place_of(told)
    card = place.at(one.build.id, "README.md")
    place.files.pipe_file(card, place.files.cat_file(card) + b"\n## Ours\n")
    publish(two, told)
    assert place.files.cat_file(place.at(two.build.id, "README.md")).endswith(b"\n## Ours\n")


def test_a_dry_run_writes_nothing(told: str, tmp_path: Path) -> None:
    built = small(tmp_path / "one")
    assert "README.md" in publish(built, told, dry_run=True).added
    assert not place_of(told).files.exists(place_of(told).root)


@pytest.mark.parametrize("theirs", ['{"version": 3}', '{"build": "../../thesis"}', "[]", "{"])
def test_a_pointer_of_something_else_is_left_alone(tmp_path: Path, theirs: str) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/latest.json").write_text(theirs)
    with pytest.raises(UsageError, match=r"has latest\.json, and no publication"):
        publish(small(tmp_path / "one"), str(tmp_path / "shelf"))
    assert (tmp_path / "shelf/latest.json").read_text() == theirs


def test_files_in_a_directory_change_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is renamed within the directory: a file that is opened before stays whole, and so does a pointer
    where the system's temporary files lie on another disk."""
    one, two = small(tmp_path / "one"), small(tmp_path / "two", first=9)
    shelf = tmp_path / "shelf"
    publish(one, str(shelf))
    shard = shelf / one.build.id / one.build.files[0].path
    shard.write_bytes(b"half")
    with shard.open("rb") as before, (shelf / "latest.json").open() as pointer:
        publish(one, str(shelf))
        publish(two, str(shelf))
        assert before.read() == b"half"
        assert json.load(pointer)["build"] == one.build.id
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    publish(one, str(shelf))
    assert latest(str(shelf)) == one.build.id
    assert not list(shelf.rglob("*.part"))


def test_a_card_tells_no_path_and_no_login(tmp_path: Path) -> None:
    built = small(tmp_path / "one")
    publish(built, str(tmp_path / "shelf"))
    card = (tmp_path / "shelf" / built.build.id / "README.md").read_text()
    assert str(tmp_path) not in card
    assert f'load_dataset("./{built.build.id}"' in card
    assert "each build has a tag" not in card
    assert "huggingface.co/datasets/" not in card
    place = Place(None, "/x", "webhdfs://me:hunter2@hdfs.example:9/x")
    assert place.public("b") == place.shown("b") == "webhdfs://hdfs.example:9/x/b"


@pytest.mark.parametrize("told", ["ftp://me:hunter2@127.0.0.1:9/dir", "webhdfs://me:hunter2@127.0.0.1:9/x"])
def test_a_server_that_does_not_answer(tmp_path: Path, told: str) -> None:
    with pytest.raises(MissingError, match=r"127\.0\.0\.1:9/\w+.*[Cc]onnection refused") as refused:
        publish(small(tmp_path / "one"), told)
    assert "hunter2" not in str(refused.value)


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "shelf").mkdir()
    (tmp_path / "shelf/thesis.tex").write_text("mine")
    with pytest.raises(UsageError, match=r"has thesis\.tex, and no publication"):
        publish(small(tmp_path / "one"), str(tmp_path / "shelf"))


@pytest.mark.parametrize("told", ["nowhere://bucket/x", "/proc/nothing/here"])
def test_a_place_that_cannot_be_written(tmp_path: Path, told: str) -> None:
    with pytest.raises(MissingError, match=told.split("/")[0] or "proc"):
        publish(small(tmp_path / "one"), told)
