"""Mixes: whose rows they have, that nothing is in train that somebody holds out, and that they repeat."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datasets import load_dataset
from support.builds import answer, ask, pair_row, said, sft_row, write_build
from support.ledgers import FINGERPRINT, write_ledger

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import build_datasets
from winnow.steps.build.kinds import KINDS
from winnow.steps.build.reading import Built, find_built
from winnow.steps.build.shards import Shards
from winnow.steps.errors import LockedError, MissingError, UsageError
from winnow.steps.export.export import export_build
from winnow.steps.export.trainers import TRAINERS
from winnow.steps.mix.mix import Mix, Part, mix_builds
from winnow.steps.records import Problem


def run(root: Path, name: str, datasets: dict[str, Any], **told: Any) -> Built:
    (root / name).mkdir(exist_ok=True)
    return write_build(root / name, datasets, **told)


def grpo_row() -> dict[str, Any]:
    told = {"prompt": ask(3), "answer": "3", "reference": '{"answer": 3}', "trust": "verdict"}
    return {**told, "id": "g", "problem_id": "g", "asked": "g"}


def kto_row(at: int, label: bool, text: str = "an answer", **more: Any) -> dict[str, Any]:
    told = {name: sft_row(at)[name] for name in ("problem_id", "asked", "source_id")}
    row = {"prompt": ask(at), "completion": answer(text), "label": label, "id": f"{at}-{text}", **told}
    return {**row, **more}


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


def test_what_is_asked_is_held_out_in_every_kind(tmp_path: Path) -> None:
    """The prompt of reasoning steps is one text, the system prompt in it; and the references differ."""

    def built(name: str, prompt: Sequence[dict[str, str]], reference: int, **rules: Any) -> Built:
        def problem_at(at: int) -> Problem:
            return Problem("p", tuple(prompt), {"answer": reference})

        ledger = write_ledger(tmp_path / name / "ledger", [[("p", "so it is")]], problem_at=problem_at)
        (tmp_path / name / "manifest.json").write_text("{}")
        build_datasets(ledger, FINGERPRINT, BuildConfig.model_validate(rules), tmp_path / name)
        return find_built(str(tmp_path / name))

    for kind in sorted(
        {*KINDS} - {"preference", "reward", "step_preference"}
    ):  # of which one answer makes none
        here: dict[str, Any] = {kind: {"pass_rate": [0, 1]} if kind == "grpo" else {}}
        one = built(f"{kind}-one", [said("system", "Be brief."), *ask(1)], 1, **here)
        two = built(f"{kind}-two", [said("user", " question  1")], 2, splits={"test": 0.999}, sft={})
        mix = mix_builds([Part(one), Part(two)], tmp_path / f"{kind}-both")
        assert mix.taken[0].left_out["held out"] == 1, kind
        assert (mix.taken[0].rows[kind], mix.taken[1].rows["sft"]) == (0, 1), kind


def test_a_build_without_what_tells_problems_is_told(tmp_path: Path) -> None:
    row = sft_row(0)
    del row["asked"]
    with pytest.raises(UsageError, match=r"the dataset sft of one .* has no column asked"):
        mix_builds([Part(run(tmp_path, "one", sft(row)))], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_judged_both_ways_is_in_no_split(tmp_path: Path) -> None:
    datasets = {"kto": {"train": [[kto_row(0, True), kto_row(1, True), kto_row(2, True)]]}}
    other = {
        "kto": {
            "train": [[kto_row(0, False, id="x"), kto_row(1, True, id="y"), kto_row(2, True, "another")]],
            "test": [[kto_row(3, False)]],
        }
    }
    one, two = run(tmp_path, "one", datasets), run(tmp_path, "two", other)
    for order in ([Part(one), Part(two, 0.001)], [Part(two, 0.001), Part(one)]):  # drawn or not
        mix = mix_builds(order, tmp_path / "both")
        found = [row["id"] for row in rows(mix, "kto") if row["run"] == "one"]
        assert found == ["1-an answer", "2-an answer"]
        assert [taken.left_out["judged both ways"] for taken in mix.taken] == [1, 1]
    whole = mix_builds([Part(one), Part(two)], tmp_path / "whole")
    assert [row["id"] for row in rows(whole, "kto")] == ["1-an answer", "2-an answer", "2-another"]
    assert [taken.left_out["duplicate"] for taken in whole.taken] == [0, 1]


@pytest.mark.parametrize("prompt", ["explicit", "implicit"])
def test_pairs_that_contradict_each_other_are_left_out(tmp_path: Path, prompt: str) -> None:
    def pair(at: int, **more: Any) -> dict[str, Any]:
        row = pair_row(at, **more)
        if prompt == "implicit":
            asked = row.pop("prompt")
            row.update({side: [*asked, *row[side]] for side in ("chosen", "rejected")})
        return row

    turned = pair(0, chosen=pair_row(0)["rejected"], rejected=pair_row(0)["chosen"], id="turned")
    one = run(tmp_path, "one", {"reward": {"train": [[pair(0), pair(1)]]}})
    two = run(tmp_path, "two", {"reward": {"train": [[turned, pair(1), pair(2)]]}})
    mix = mix_builds([Part(one), Part(two)], tmp_path / "both")
    assert [row["source_id"] for row in rows(mix, "reward")] == ["p0001", "p0002"]
    assert [taken.left_out["judged both ways"] for taken in mix.taken] == [1, 1]


def test_steps_that_are_labelled_both_ways_are_left_out(tmp_path: Path) -> None:
    def steps(labels: list[bool], **more: Any) -> dict[str, Any]:
        told = {name: sft_row(0)[name] for name in ("id", "problem_id", "asked", "source_id")}
        row = {"prompt": "question 0", "completions": ["begin", "end"], "labels": labels}
        return {**row, **told, **more}

    one = run(tmp_path, "one", {"stepwise": {"train": [[steps([True, True])]]}})
    two = run(tmp_path, "two", {"stepwise": {"train": [[steps([True, False]), steps([False], id="b")]]}})
    three = run(tmp_path, "three", {"stepwise": {"train": [[steps([True], completions=["end"])]]}})
    mix = mix_builds([Part(one), Part(two), Part(three)], tmp_path / "all")
    assert [row["run"] for row in rows(mix, "stepwise")] == ["three"]


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
    assert not (tmp_path / "both").exists()
    assert texts(mix_builds([Part(one)], tmp_path / "both")) == [("one", "right 0")]


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


@pytest.mark.parametrize("at", ["place", "turn_to", "Shards"])
def test_a_mix_that_broke_off_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    """The first one leaves nothing that the next takes for others' work, a later one the one before."""
    one, out = run(tmp_path, "one", sft(sft_row(0))), tmp_path / "both"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    def broken() -> None:
        with (
            monkeypatch.context() as patched,
            pytest.raises(MissingError, match="both cannot be written: No"),
        ):
            patched.setattr(f"winnow.steps.mix.mix.{at}", full)
            mix_builds([Part(run(tmp_path, "two", sft(sft_row(2))))], out)

    broken()
    first = mix_builds([Part(one)], out)
    before = (out / "manifest.json").read_bytes()
    broken()
    assert (out / "manifest.json").read_bytes() == before
    found = find_built(str(out))
    assert (found.build.id, [origin.run for origin in found.origins]) == (first.build.id, ["one"])
    assert not [path.name for path in out.rglob(".*")]
    mix_builds([Part(one)], out)


def test_a_mix_that_was_killed_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "both/builds/.4711/sft").mkdir(parents=True)
    (tmp_path / "both/.manifest.4711").write_text("{")
    mix_builds([Part(run(tmp_path, "one", sft(sft_row(0))))], tmp_path / "both")
    assert [path.name for path in (tmp_path / "both/builds").glob(".*")] == []


def test_builds_of_others_are_no_mix_that_broke_off(tmp_path: Path) -> None:
    (tmp_path / "both/builds/debug").mkdir(parents=True)
    with pytest.raises(UsageError, match="is no mix"):
        mix_builds([Part(run(tmp_path, "one", sft(sft_row(0))))], tmp_path / "both")
    assert (tmp_path / "both/builds/debug").is_dir()


def test_one_mix_at_a_time_is_written_to_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one would take the first one's unfinished build for an old one, and drop it."""
    one, two = run(tmp_path, "one", sft(sft_row(0))), run(tmp_path, "two", sft(sft_row(2)))
    out, met = tmp_path / "both", []
    write = Shards.close

    def meanwhile(shards: Shards) -> Any:
        if not met:
            met.append("another")
            with pytest.raises(LockedError, match="another mix is being written"):
                mix_builds([Part(two)], out)
        return write(shards)

    monkeypatch.setattr(Shards, "close", meanwhile)
    assert texts(mix_builds([Part(one)], out)) == [("one", "right 0")]
    assert met
    assert texts(mix_builds([Part(two)], out)) == [("two", "right 2")]


def test_a_copy_that_followed_links_is_told(tmp_path: Path) -> None:
    """Its `datasets` is a folder, which cannot be turned to another build."""
    one = run(tmp_path, "one", sft(sft_row(0)))
    mix_builds([Part(one)], tmp_path / "both")
    shutil.copytree(tmp_path / "both", tmp_path / "copy", symlinks=False)
    with pytest.raises(UsageError, match=r"copy/datasets is no link to a build: .* Move it away"):
        mix_builds([Part(one)], tmp_path / "copy")
    assert find_built(str(tmp_path / "copy")).build.id


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="name too long"):
        mix_builds([Part(run(tmp_path, "one", sft(sft_row(0))))], tmp_path / ("x" * 300))
