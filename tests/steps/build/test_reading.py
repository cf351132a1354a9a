"""Builds are found by run, by name and by their own folder, and what is none is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.builds import sft_row, write_build

from winnow.steps.build.reading import Origin, examine_files, find_built, read_built
from winnow.steps.errors import MissingError, UsageError

DATASETS = {"sft": {"test": [[sft_row(0)]], "train": [[sft_row(1)], [sft_row(2)]]}}


def test_by_each_of_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = tmp_path / "runs/sums"
    run.mkdir(parents=True)
    told = write_build(run, DATASETS)
    found = [
        find_built(name) for name in ("sums", "runs/sums", str(run), str(run / "builds" / told.build.id))
    ]
    assert {built.build.id for built in found} == {told.build.id}
    assert {built.name for built in found} == {"sums"}
    assert all(built.origins == (Origin("sums", {"type": "number"}),) for built in found)
    assert [[file.path for file in files] for files in found[0].files("sft").values()] == [
        ["sft/train-00000-of-00002.parquet", "sft/train-00001-of-00002.parquet"],
        ["sft/test-00000-of-00001.parquet"],
    ]


def test_a_run_has_the_name_of_its_folder(tmp_path: Path) -> None:
    """Whatever its recipe was named: a mix's rows, and the verifiers of an export, know runs by one name."""
    (tmp_path / "before").mkdir()
    write_build(tmp_path / "before", DATASETS)
    (tmp_path / "before").rename(tmp_path / "after")
    assert json.loads((tmp_path / "after/manifest.json").read_text())["name"] == "before"
    (build,) = (tmp_path / "after/builds").iterdir()
    for told in (tmp_path / "after", build):
        found = find_built(str(told))
        assert (found.name, [origin.run for origin in found.origins]) == ("after", ["after"])


@pytest.mark.parametrize("runs", [[{}], ["one"], "one", None, 1])
def test_a_mix_that_does_not_name_its_runs(tmp_path: Path, runs: object) -> None:
    manifest = write_build(tmp_path, DATASETS).build.folder / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "mix": {"runs": runs}}))
    with pytest.raises(UsageError, match=r"no manifest of a mix: expected `mix.runs`"):
        find_built(str(tmp_path))


def test_what_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs/empty").mkdir(parents=True)
    (tmp_path / "runs/empty/manifest.json").write_text('{"recipe": {}}')
    with pytest.raises(UsageError, match="has no datasets yet"):
        find_built("empty")
    for name in ("nowhere", "x" * 300, "a\0b"):
        with pytest.raises(UsageError, match=f"no run at {name[:3]}"):
            find_built(name)


@pytest.mark.parametrize(
    "path", ["../../secret.parquet", "sft/more-00000-of-00001.parquet", "sft/train.parquet"]
)
def test_a_manifest_names_files_of_datasets_alone(tmp_path: Path, path: str) -> None:
    file = {"path": path, "rows": 1, "bytes": 1, "sha256": ""}
    (tmp_path / "manifest.json").write_text(json.dumps({"id": "x", "files": [file]}))
    with pytest.raises(UsageError, match="no file of a dataset"):
        read_built(tmp_path)


def test_a_broken_manifest(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"files": [{"path": 1}]}')
    with pytest.raises(UsageError, match="no manifest of a build"):
        read_built(tmp_path)


def test_files_are_those_of_the_manifest(tmp_path: Path) -> None:
    built = write_build(tmp_path, DATASETS)
    examine_files(built)
    (built.build.folder / built.build.files[0].path).unlink()
    with pytest.raises(MissingError, match="cannot be read"):
        examine_files(built)
