"""Exports: what stands in them, that they repeat to the byte, and that nothing of anybody's is lost."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from support.builds import answer, ask, pair_row, said, sft_row, write_build

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.export.export import Export, export_build
from winnow.steps.export.readme import PLACEHOLDER
from winnow.steps.export.trainers import TRAINERS

TRL = TRAINERS["trl"]
SHARDS = {
    "sft": {"train": [[sft_row(0), sft_row(1)], [sft_row(2)]], "validation": [[sft_row(3)]]},
    "preference": {"train": [[pair_row(0)]]},
}


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def exported(root: Path, datasets: Any = SHARDS, **more: Any) -> Export:
    root.mkdir(exist_ok=True)
    return export_build(write_build(root, datasets), TRL, root / "out", **more)


def test_all_shards_of_a_split_are_one_file(tmp_path: Path) -> None:
    done = exported(tmp_path)
    assert [(data.kind, data.rows) for data in done.datas] == [
        ("preference", {"train": 1}),
        ("sft", {"train": 3, "validation": 1}),
    ]
    train = pl.read_parquet(tmp_path / "out/data/sft/train.parquet")
    assert train.columns == ["prompt", "completion", "id"]
    assert train["completion"].to_list() == [answer(f"right {at}") for at in range(3)]
    assert train["prompt"].to_list() == [ask(at) for at in range(3)]
    assert train["id"].to_list() == [sft_row(at)["id"] for at in range(3)]


def test_a_configuration_says_what_is_there(tmp_path: Path) -> None:
    exported(tmp_path, model="me/mine")
    sft = yaml.safe_load((tmp_path / "out/sft.yaml").read_text())
    assert (sft["model_name_or_path"], sft["dataset_name"]) == ("me/mine", "./data/sft")
    assert (sft["eval_strategy"], sft["dataset_test_split"]) == ("epoch", "validation")
    pairs = yaml.safe_load((tmp_path / "out/preference.yaml").read_text())
    assert "eval_strategy" not in pairs  # there is nothing to evaluate on
    page = (tmp_path / "out/README.md").read_text()
    assert "trl sft --config sft.yaml" in page
    assert "trl dpo --config preference.yaml" in page


@pytest.mark.parametrize(
    ("models", "told"),
    [(("a/b", "a/b"), "a/b"), (("a/b", "a/c"), PLACEHOLDER), (("gpt", "gpt"), PLACEHOLDER)],
    ids=["one of the Hub", "several", "no name of the Hub"],
)
def test_the_model_is_the_one_that_was_sampled(tmp_path: Path, models: tuple[str, str], told: str) -> None:
    rows = [sft_row(at, model=model) for at, model in enumerate(models)]
    assert exported(tmp_path, {"sft": {"train": [rows]}}).model == told
    assert yaml.safe_load((tmp_path / "out/sft.yaml").read_text())["model_name_or_path"] == told
    assert (PLACEHOLDER in (tmp_path / "out/README.md").read_text()) == (told == PLACEHOLDER)


def test_equal_builds_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        exported(tmp_path / name / "run")
    one, two = (files(tmp_path / name / "run/out") for name in ("one", "two"))
    assert one == two
    assert set(json.loads(one["manifest.json"])["files"][0]) == {"path", "bytes", "sha256"}


def test_an_export_is_replaced_by_the_next_one(tmp_path: Path) -> None:
    exported(tmp_path)
    exported(tmp_path, {"sft": {"train": [[sft_row(7)]]}})
    assert "preference.yaml" not in files(tmp_path / "out")
    assert pl.read_parquet(tmp_path / "out/data/sft/train.parquet")["completion"].to_list() == [
        answer("right 7")
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["builds", "datasets", "manifest.json", "out"]


@pytest.mark.parametrize(
    "what", ["a folder of others", "a changed file", "an added file", "a link", "a file"]
)
def test_nothing_of_others_is_overwritten(tmp_path: Path, what: str) -> None:
    target = tmp_path / "out"
    if what == "a folder of others":
        target.mkdir()
        (target / "manifest.json").write_text('{"files": []}')
    elif what == "a file":
        target.write_text("mine")
    else:
        exported(tmp_path)
    if what == "a changed file":
        (target / "sft.yaml").write_text("learning_rate: 1.0e-5\n")
    elif what == "an added file":
        (target / "out/sft").mkdir(parents=True)
        (target / "out/sft/model.safetensors").write_bytes(b"days of work")
    elif what == "a link":
        (target / "elsewhere").symlink_to(tmp_path)
    before = target.read_bytes() if target.is_file() else files(target)
    with pytest.raises(UsageError, match="--to"):
        exported(tmp_path)
    assert (target.read_bytes() if target.is_file() else files(target)) == before


def test_a_changed_build_is_not_exported(tmp_path: Path) -> None:
    built = write_build(tmp_path, SHARDS)
    path = built.build.folder / "sft/train-00000-of-00002.parquet"
    pl.read_parquet(path).head(1).write_parquet(path)
    with pytest.raises(MissingError, match="expected SHA-256"):
        export_build(built, TRL, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_a_trainer_cannot_take_is_told(tmp_path: Path) -> None:
    datasets = {**SHARDS, "candidates": {"train": [[{"id": "c"}]]}, "kto": {"validation": [[{"id": "k"}]]}}
    datasets["kto"] = {
        "validation": [[{"prompt": ask(0), "completion": answer("a"), "label": True, "id": "k"}]]
    }
    done = exported(tmp_path, datasets)
    assert done.left_out == {
        "candidates": "trl has no trainer that takes it",
        "kto": "it has no rows to train on",
    }
    assert "`candidates` is left out" in (tmp_path / "out/README.md").read_text()
    assert not (tmp_path / "out/data/kto").exists()
    with pytest.raises(UsageError, match="nothing that trl takes: candidates: trl has no trainer"):
        exported(tmp_path / "other", {"candidates": {"train": [[{"id": "c"}]]}})


def test_the_folder_may_be_the_one_we_are_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = write_build(tmp_path, SHARDS)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    export_build(built, TRL, Path())
    assert (tmp_path / "here/sft.yaml").is_file()


def test_nothing_is_left_where_it_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built = write_build(tmp_path, SHARDS)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("winnow.steps.export.export.put_in_place", full)
    with pytest.raises(MissingError, match="No space left"):
        export_build(built, TRL, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["builds", "datasets", "manifest.json"]


def test_the_export_before_stays_where_the_next_cannot_be_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(tmp_path)
    before, rename = files(tmp_path / "out"), Path.rename

    def broken(path: Path, target: Path) -> Path:
        if target.name == "out" and (path / "sft.yaml").is_file() and ".old" not in path.name:
            raise OSError(116, "Stale file handle")
        return rename(path, target)

    built = write_build(tmp_path, {"sft": {"train": [[sft_row(7)]]}})
    with monkeypatch.context() as patched, pytest.raises(MissingError, match="Stale file handle"):
        patched.setattr(Path, "rename", broken)
        export_build(built, TRL, tmp_path / "out")
    assert files(tmp_path / "out") == before
    assert sorted(path.name for path in tmp_path.glob(".*")) == []


def test_problems_take_turns_for_kto(tmp_path: Path) -> None:
    """TRL reads them in order, and tells each from the answer next to it: that must not be of its prompt."""
    rows = [
        {"prompt": ask(at), "completion": answer(f"{label}"), "label": label, "id": f"{at}-{label}"}
        for at in range(50)
        for label in (True, False)
    ]
    exported(tmp_path, {"kto": {"train": [rows[:30], rows[30:]]}, **SHARDS})
    prompts = [
        row[0]["content"] for row in pl.read_parquet(tmp_path / "out/data/kto/train.parquet")["prompt"]
    ]
    assert sorted(prompts) == sorted(row["prompt"][0]["content"] for row in rows)
    assert not any(one == other for one, other in pairwise(prompts))
    assert len(set(prompts[:50])) == 50
    assert prompts[:50] != sorted(prompts[:50])
    labels = pl.read_parquet(tmp_path / "out/data/kto/train.parquet")["label"].to_list()
    assert 10 < sum(labels[:50]) < 40


def test_a_prompt_of_reasoning_steps_ends_its_line(tmp_path: Path) -> None:
    rows = [{"prompt": "1 + 1?", "completions": ["2", "so 2"], "labels": [True, True], "id": "s"}]
    exported(tmp_path, {"stepwise": {"train": [rows]}})
    assert pl.read_parquet(tmp_path / "out/data/stepwise/train.parquet")["prompt"].to_list() == ["1 + 1?\n"]


def test_the_verifier_is_the_reward(tmp_path: Path) -> None:
    rows = [
        {
            "prompt": ask(at),
            "answer": str(at),
            "reference": json.dumps({"answer": at}),
            "trust": "verdict",
            "id": str(at),
        }
        for at in range(3)
    ]
    exported(tmp_path, {"grpo": {"train": [rows]}})
    told = pl.read_parquet(tmp_path / "out/data/grpo/train.parquet")
    assert told.columns == ["prompt", "answer", "reference", "trust", "id"]
    code: dict[str, Any] = {}
    exec((tmp_path / "out/rewards.py").read_text(), code)  # noqa: S102 - what we have just written
    try:
        said_ = [[said("assistant", text)] for text in ("it is 0", "it is 7", "")]
        assert code["reward"](said_, told["reference"].to_list(), answer=["x"] * 3) == [1.0, 0.0, 0.0]
    finally:
        code["JUDGES"][""].close()


def test_the_vote_is_the_reward_where_it_is_trusted(tmp_path: Path) -> None:
    """The verifier of such a run finds answers and judges nothing: by its verdicts no row has a reward."""
    one = {"prompt": ask(1), "reference": "{}", "trust": "votes"}
    rows = [{**one, "answer": "42", "id": "voted"}, {**one, "answer": None, "id": "nobody knows"}]
    told = {"recipe": {"verify": {"type": "answer", "kind": "number"}}}
    built = write_build(tmp_path, {"grpo": {"train": [rows]}}, **told)
    done = export_build(built, TRL, tmp_path / "out")
    assert done.left_out == {"grpo: 1 rows": "trl takes only rows with an answer, where a vote is trusted"}
    found = pl.read_parquet(tmp_path / "out/data/grpo/train.parquet")
    assert found["id"].to_list() == ["voted"]
    code: dict[str, Any] = {}
    exec((tmp_path / "out/rewards.py").read_text(), code)  # noqa: S102 - what we have just written
    texts = ["it is 42", "so 42.0, no: 42", "it is 41", "who knows", ""]
    columns = {name: found[name].to_list() * len(texts) for name in ("answer", "reference", "trust")}
    try:
        assert code["reward"](texts, **columns) == [1.0, 1.0, 0.0, 0.0, 0.0]
    finally:
        code["JUDGES"][""].close()


def test_a_build_without_a_column_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="the dataset kto of this build lacks"):
        exported(tmp_path, {"kto": {"train": [[{"prompt": ask(0), "id": "k"}]]}})
    assert not (tmp_path / "out").exists()
    shutil.rmtree(tmp_path / "builds")


def test_pairs_without_a_prompt_of_their_own_get_one(tmp_path: Path) -> None:
    rows = [
        {"chosen": [*ask(1), *answer("a")], "rejected": [*ask(1), *answer("b")], "margin": 0.5, "id": "r"}
    ]
    exported(tmp_path, {"reward": {"train": [rows]}})
    (row,) = pl.read_parquet(tmp_path / "out/data/reward/train.parquet").to_dicts()
    assert row == {"prompt": ask(1), "chosen": answer("a"), "rejected": answer("b"), "margin": 0.5, "id": "r"}


def test_prompts_that_a_trainer_would_spoil_are_left_out(tmp_path: Path) -> None:
    few_shot = [*ask(1), *answer("one"), *ask(2), *answer("two")]
    twice = [*ask(1), *ask(2), *answer("two")]
    system = [said("system", "be brief"), *ask(1), *answer("one")]
    rows = [{"messages": one, "id": str(at)} for at, one in enumerate((few_shot, twice, system))]
    kept = {}
    for name, trainer in TRAINERS.items():
        built = write_build(tmp_path, {"sft": {"train": [rows]}})
        done = export_build(built, trainer, tmp_path / name)
        kept[name] = pl.read_parquet(tmp_path / name / "data/sft/train.parquet")["id"].to_list()
        assert (len(kept[name]) == 3) == (not done.left_out)
    assert kept == {
        "trl": ["0", "1", "2"],
        "axolotl": ["0", "1", "2"],
        "llamafactory": ["0", "2"],
        "torchtune": ["2"],
    }
    marked = pl.read_parquet(tmp_path / "axolotl/data/sft/train.parquet")["messages"].to_list()[0]
    assert [one["train"] for one in marked] == [False, False, False, True]


def test_axolotl_reads_kto_by_role_and_not_by_place(tmp_path: Path) -> None:
    """Its strategy for conversations took the first message for the user's and the second for the answer."""
    prompts = {
        "plain": ask(1),
        "system": [said("system", "be brief"), *ask(2)],
        "few-shot": [*ask(3), *answer("three"), *ask(4)],
        "developer": [said("developer", "be brief"), *ask(5)],
    }
    rows = [
        {"prompt": prompt, "completion": answer("right"), "label": True, "id": name, "problem_id": name}
        for name, prompt in prompts.items()
    ]
    done = export_build(
        write_build(tmp_path, {"kto": {"train": [rows]}}), TRAINERS["axolotl"], tmp_path / "out"
    )
    assert list(done.left_out) == ["kto: 2 rows"]
    told = yaml.safe_load((tmp_path / "out/kto.yaml").read_text())
    assert [one["type"] for one in told["datasets"]] == ["chatml.argilla"]
    found = pl.read_parquet(tmp_path / "out/data/kto/train.parquet").sort("id")
    assert found.columns == ["system", "instruction", "completion", "label", "id"]
    assert found.rows() == [
        ("", "question 1", "right", True, "plain"),
        ("be brief", "question 2", "right", True, "system"),
    ]


def test_axolotl_is_not_given_roles_that_stop_its_loading_of_pairs(tmp_path: Path) -> None:
    prompts = [
        ask(0),
        [said("developer", "be brief"), *ask(1)],
        [said("system", "be brief"), *ask(2), *answer("two"), *ask(3)],
    ]
    rows = [{**pair_row(at), "prompt": prompt} for at, prompt in enumerate(prompts)]
    built = write_build(tmp_path, {"preference": {"train": [rows]}})
    done = export_build(built, TRAINERS["axolotl"], tmp_path / "out")
    assert done.left_out == {
        "preference: 1 rows": "axolotl takes only prompts of system, user and assistant messages"
    }
    found = pl.read_parquet(tmp_path / "out/data/preference/train.parquet")["messages"].to_list()
    assert found == [prompts[0], prompts[2]]


def test_thoughts_that_a_trainer_does_not_read_are_told(tmp_path: Path) -> None:
    messages = [
        {**one, "reasoning_content": "hm" if one["role"] == "assistant" else None}
        for one in sft_row(0)["messages"]
    ]
    built = write_build(tmp_path, {"sft": {"train": [[{"messages": messages, "id": "a"}]]}})
    assert not export_build(built, TRL, tmp_path / "trl").left_out
    told = export_build(built, TRAINERS["llamafactory"], tmp_path / "other").left_out
    assert told == {"sft: reasoning_content": "llamafactory reads the text of messages alone"}
    (row,) = pl.read_parquet(tmp_path / "trl/data/sft/train.parquet").to_dicts()
    assert row["completion"] == messages[1:]
