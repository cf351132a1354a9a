"""Mixes: whose rows they have, that nothing is in train that somebody holds out, and that they repeat."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datasets import load_dataset
from support.builds import answer, ask, pair_row, said, sft_row, write_build

from winnow.steps.build.reading import Built, find_built
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.export.export import export_build
from winnow.steps.export.trainers import TRAINERS
from winnow.steps.mix.mix import Mix, Part, mix_builds


def run(root: Path, name: str, datasets: dict[str, Any], **told: Any) -> Built:
    (root / name).mkdir(exist_ok=True)
    return write_build(root / name, datasets, **told)


def grpo_row() -> dict[str, Any]:
    told = {"prompt": ask(3), "answer": "3", "reference": '{"answer": 3}', "trust": "verdict"}
    return {**told, "id": "g", "problem_id": "g"}


def sft(*rows: dict[str, Any], **splits: list[dict[str, Any]]) -> dict[str, Any]:
    return {"sft": {split: [told] for split, told in {"train": list(rows), **splits}.items()}}


def rows(mix: Mix, kind: str = "sft", split: str = "train") -> list[dict[str, Any]]:
    files = sorted((mix.build.folder / kind).glob(f"{split}-*.parquet"))
    return [row for file in files for row in pl.read_parquet(file).to_dicts()]


def texts(mix: Mix, split: str = "train") -> list[tuple[str, str]]:
    return [(row["run"], row["messages"][-1]["content"]) for row in rows(mix, split=split)]


def test_of_equal_rows_the_first_run_has_it(tmp_path: Path) -> None:
    one = run(tmp_path, "one", sft(sft_row(0), sft_row(1)))
    two = run(tmp_path, "two", sft(sft_row(1, id="other", model="n"), sft_row(1, "another"), sft_row(2)))
    mix = mix_builds([Part(one), Part(two)], tmp_path / "both")
    assert texts(mix) == [("one", "right 0"), ("one", "right 1"), ("two", "another"), ("two", "right 2")]
    assert mix.taken[1].left_out["duplicate"] == 1
    other = mix_builds([Part(two), Part(one)], tmp_path / "turned")
    assert texts(other)[-1] == ("one", "right 0")
    assert [row["model"] for row in rows(other)] == ["n", "m", "m", "m"]


def test_a_run_keeps_what_it_has_twice(tmp_path: Path) -> None:
    one = run(tmp_path, "one", sft(sft_row(0), sft_row(0, id="again")))
    assert len(rows(mix_builds([Part(one)], tmp_path / "out"))) == 2


def test_what_one_run_holds_out_is_in_no_train(tmp_path: Path) -> None:
    """The problem is known by its id, and by its prompt where another run has another reference or system."""
    other_reference = sft_row(2, "b", problem_id="of another reference")
    prompted = {**sft_row(3, "c"), "problem_id": "of another system prompt"}
    prompted["messages"] = [said("system", "be brief"), *prompted["messages"]]
    one = run(
        tmp_path, "one", sft(sft_row(0), sft_row(1, "a"), other_reference, prompted, validation=[sft_row(7)])
    )
    two = run(
        tmp_path, "two", sft(sft_row(5), validation=[sft_row(2)], test=[sft_row(1), sft_row(3), sft_row(7)])
    )
    for order in ([Part(one), Part(two, 0.001)], [Part(two, 0.001), Part(one)]):
        mix = mix_builds(order, tmp_path / "both")
        assert [told for told in texts(mix) if told[0] == "one"] == [("one", "right 0")]
        assert texts(mix, "validation") == []
        taken = mix.taken[[part.built.name for part in order].index("one")]
        assert taken.left_out["held out"] == 4


def test_held_out_in_one_kind_is_held_out_in_all(tmp_path: Path) -> None:
    one = run(tmp_path, "one", {"preference": {"train": [[pair_row(0), pair_row(1)]]}})
    two = run(tmp_path, "two", sft(sft_row(5), test=[sft_row(1)]))
    mix = mix_builds([Part(one), Part(two)], tmp_path / "both")
    assert [row["prompt"] for row in rows(mix, "preference")] == [ask(0)]


def test_weights_are_shares_and_the_smaller_is_of_the_larger(tmp_path: Path) -> None:
    one = run(tmp_path, "one", sft(*(sft_row(at) for at in range(1000))))
    ids = {
        weight: [row["id"] for row in rows(mix_builds([Part(one, weight)], tmp_path / "out"))]
        for weight in (0.1, 0.5, 1.0, 1.5)
    }
    assert 70 < len(ids[0.1]) < 130
    assert 450 < len(ids[0.5]) < 550
    assert set(ids[0.1]) < set(ids[0.5]) < set(ids[1.0])
    assert len(ids[1.0]) == 1000
    assert sorted(ids[1.5]) == sorted([*ids[1.0], *ids[0.5]])


def test_what_was_not_drawn_of_one_may_come_of_another(tmp_path: Path) -> None:
    whole = [sft_row(at) for at in range(50)]
    one = run(tmp_path, "one", sft(*whole))
    two = run(tmp_path, "two", sft(*({**row, "id": f"two {row['id']}"} for row in whole)))
    mix = mix_builds([Part(one, 0.5), Part(two)], tmp_path / "both")
    assert len({text for _, text in texts(mix)}) == len(rows(mix)) == 50


def test_columns_that_one_lacks_are_null_in_its_rows(tmp_path: Path) -> None:
    thought = sft_row(1)
    thought["messages"] = [{**one, "thinking": None} for one in ask(1)] + [
        {**answer("x")[0], "thinking": "hm"}
    ]
    one = run(tmp_path, "one", sft(sft_row(0, score=1.0)))
    two = run(tmp_path, "two", sft({**thought, "reward": 3}))
    mix = mix_builds([Part(one), Part(two)], tmp_path / "both")
    first, second = rows(mix)
    assert (first["score"], first["reward"]) == (1.0, None)
    assert (second["score"], second["reward"]) == (None, 3)
    assert first["messages"][-1] == {"role": "assistant", "content": "right 0", "thinking": None}
    assert second["messages"][-1]["thinking"] == "hm"
    files = str(tmp_path / "both/datasets/sft/*.parquet")
    loaded = load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    assert loaded["run"] == ["one", "two"]


def test_columns_that_do_not_go_together(tmp_path: Path) -> None:
    one = run(tmp_path, "one", sft(sft_row(0, score=1.0)))
    two = run(tmp_path, "two", sft(sft_row(1, score="high")))
    with pytest.raises(UsageError, match="two cannot be mixed in: its column score is String"):
        mix_builds([Part(one), Part(two)], tmp_path / "both")
    assert not (tmp_path / "both" / "datasets").exists()


def test_equal_builds_give_equal_bytes(tmp_path: Path) -> None:
    one = run(tmp_path, "one", sft(*(sft_row(at) for at in range(9)), test=[sft_row(9)]))
    two = run(tmp_path, "two", {"preference": {"train": [[pair_row(0)]]}})
    first, second = (mix_builds([Part(one, 0.5), Part(two)], tmp_path / name / "m") for name in ("a", "b"))
    assert first.build.files == second.build.files
    manifests = [(tmp_path / name / "m/manifest.json").read_bytes() for name in ("a", "b")]
    assert manifests[0] == manifests[1]
    again = mix_builds([Part(one, 0.5), Part(two)], tmp_path / "a/m")
    assert again.build.id == first.build.id


def test_a_mix_is_taken_as_a_run_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = run(tmp_path, "one", sft(sft_row(0)))
    grpo = grpo_row()
    two = run(tmp_path, "two", {"grpo": {"train": [[grpo]]}}, recipe={"verify": {"type": "math"}})
    mix_builds([Part(one), Part(two)], tmp_path / "both")
    both = find_built(str(tmp_path / "both"))
    assert [(origin.run, origin.verify) for origin in both.origins] == [
        ("one", {"type": "number"}),
        ("two", {"type": "math"}),
    ]
    done = export_build(both, TRAINERS["trl"], tmp_path / "export")
    assert [data.kind for data in done.datas] == ["grpo", "sft"]
    assert '"two": {"type": "math"}' in (tmp_path / "export/rewards.py").read_text()
    assert pl.read_parquet(tmp_path / "export/data/grpo/train.parquet")["run"].to_list() == ["two"]
    three = run(tmp_path, "three", sft(sft_row(3)))
    of_mix = mix_builds([Part(both), Part(three)], tmp_path / "all")
    assert texts(of_mix) == [("one", "right 0"), ("three", "right 3")]
    told = json.loads((tmp_path / "all/manifest.json").read_text())["mix"]["runs"]
    assert [(row["run"], row["of"]) for row in told] == [("one", "both"), ("two", "both"), ("three", "three")]


def test_rows_of_a_renamed_run_are_rewarded(tmp_path: Path) -> None:
    """A run's rows, and its verifier in the export of a mix, go by the name of its folder."""
    grpo = grpo_row()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        run(tmp_path / name, "sums", {"grpo": {"train": [[{**grpo, "prompt": [said("user", name)]}]]}})
    (tmp_path / "b/sums").rename(tmp_path / "b/others")
    parts = [Part(find_built(str(tmp_path / name))) for name in ("a/sums", "b/others")]
    mix_builds(parts, tmp_path / "both")
    export_build(find_built(str(tmp_path / "both")), TRAINERS["trl"], tmp_path / "export")
    told = pl.read_parquet(tmp_path / "export/data/grpo/train.parquet")
    assert told["run"].to_list() == ["sums", "others"]
    code: dict[str, Any] = {}
    exec((tmp_path / "export/rewards.py").read_text(), code)  # noqa: S102 - what we have just written
    try:
        given = code["reward"](
            ["3", "3"], **told.select("answer", "reference", "run").to_dict(as_series=False)
        )
        assert given == [1.0, 1.0]
    finally:
        for judge in code["JUDGES"].values():
            judge.close()


def test_what_is_no_mix_stays(tmp_path: Path) -> None:
    one = run(tmp_path, "one", sft(sft_row(0)))
    for name in ("one", "file"):
        (tmp_path / "file").write_text("mine")
        with pytest.raises(UsageError, match="is no mix"):
            mix_builds([Part(one)], tmp_path / name)
    assert find_built(str(tmp_path / "one")).build.id == one.build.id
    (tmp_path / "sub").mkdir()
    again = run(tmp_path / "sub", "one", sft(sft_row(1)))
    with pytest.raises(UsageError, match="two of the runs are named one"):
        mix_builds([Part(one), Part(again)], tmp_path / "both")
    (again.build.folder / again.build.files[0].path).write_bytes(b"")
    with pytest.raises(MissingError, match="expected SHA-256"):
        mix_builds([Part(again)], tmp_path / "both")
