"""TRL trains on what winnow built and exported: two steps of each command, and what they were given."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import winnow
from support.environments import ROOT, run

pytestmark = [pytest.mark.heavy, pytest.mark.train, pytest.mark.timeout(1200)]
KINDS = ("sft", "preference", "kto", "reward", "grpo")
END = "<|im_end|>\n"
Right = Callable[[str], bool]


@pytest.fixture(scope="module")
def export(trl: Path, everything: Path) -> Path:
    """The run's export, with a tiny model to train."""
    model = everything / "model"
    run(trl, ROOT / "examples/tiny_model.py", model, cwd=everything)
    done = winnow("export", "sums", "--for", "trl", "--model", model, cwd=everything)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "candidates: left out: trl has no trainer that takes it\n"
    return everything / "runs/sums/exports/trl"


@pytest.fixture(scope="module")
def given(trl: Path, export: Path) -> dict[str, Any]:
    """What each trainer was given, and its log."""
    script = Path(__file__).with_name("train_exported.py")
    return dict(json.loads(run(trl, script, *KINDS, cwd=export).splitlines()[-1]))


def rows(export: Path, kind: str) -> int:
    return pl.read_parquet(export / f"data/{kind}/train.parquet").height


def parts(text: str) -> tuple[str, str]:
    """Prompt and answer of a conversation, as the chat template wrote it."""
    asked, said = text.replace("<|endoftext|>", "").split("<|im_start|>assistant\n")
    return asked.removeprefix("<|im_start|>user\n").removesuffix(END), said


def masked(batch: dict[str, Any], at: int) -> int:
    """How many tokens of a row count as its completion."""
    return sum(batch["completion_mask"][at])


def test_each_takes_two_steps(given: dict[str, Any]) -> None:
    for kind in KINDS:
        steps = [line for line in given[kind]["log"] if "loss" in line]
        assert [line["step"] for line in steps] == [1, 2], kind
        assert kind == "grpo" or all(line["grad_norm"] > 0 for line in steps), kind


def test_sft_trains_the_completion_and_nothing_else(given: dict[str, Any], is_right: Right) -> None:
    batch = given["sft"]["batch"]
    for whole, trained in zip(batch["input_ids_text"], batch["labels_text"], strict=True):
        asked, said = parts(whole)
        assert trained == said
        assert said.endswith(END)
        assert is_right(asked + said)


def test_dpo_prefers_what_is_right(given: dict[str, Any], is_right: Right) -> None:
    batch = given["preference"]["batch"]
    texts = batch["input_ids_text"]
    chosen, rejected = texts[: len(texts) // 2], texts[len(texts) // 2 :]
    for at, (good, bad) in enumerate(zip(chosen, rejected, strict=True)):
        assert parts(good)[0] == parts(bad)[0]
        assert is_right(good)
        assert not is_right(bad)
        assert masked(batch, at) == len(tokens(parts(good)[1]))
        assert masked(batch, at + len(chosen)) == len(tokens(parts(bad)[1]))


def test_kto_is_told_which_are_right(given: dict[str, Any], is_right: Right) -> None:
    batch = given["kto"]["batch"]
    assert [is_right(text) for text in batch["input_ids_text"]] == batch["label"]
    for at, (text, other) in enumerate(zip(batch["input_ids_text"], batch["KL_input_ids_text"], strict=True)):
        assert masked(batch, at) == len(tokens(parts(text)[1]))
        assert parts(text)[0] == parts(other)[0]
        own = [number for number in parts(text)[0].split() if number.isdigit()]
        assert parts(other)[1].split("It is ")[1] not in (
            f"{sum(map(int, own)) + wrong}{END}" for wrong in (0, 1)
        )


def test_the_reward_model_ranks_what_is_right_first(given: dict[str, Any], is_right: Right) -> None:
    batch = given["reward"]["batch"]
    texts = batch["input_ids_text"]
    half = len(texts) // 2
    assert [is_right(text) for text in texts] == [True] * half + [False] * half
    assert [parts(text)[0] for text in texts[:half]] == [parts(text)[0] for text in texts[half:]]
    assert batch["margin"] == [1.0] * half  # the scores of a pass and a fail


def test_grpo_asks_the_problems_and_is_rewarded_by_the_verifier(
    trl: Path, export: Path, given: dict[str, Any]
) -> None:
    batch, told = given["grpo"]["batch"], given["grpo"]["rewards"]
    assert all(text.endswith("?<|im_end|>\n<|im_start|>assistant\n") for text in batch["prompt_ids_text"])
    assert "rewards/reward/mean" in given["grpo"]["log"][0]
    data = pl.read_parquet(export / "data/grpo/*.parquet")
    known = {row["prompt"][-1]["content"]: row for row in data.to_dicts()}
    for call in told:
        for prompt, answer, reference in zip(call["prompts"], call["answer"], call["reference"], strict=True):
            assert known[prompt[-1]["content"]]["answer"] == answer
            assert known[prompt[-1]["content"]]["reference"] == reference
    ask = (
        "import json, sys, rewards; rows = json.load(sys.stdin); "
        "print(rewards.reward([row['said'] for row in rows], [row['reference'] for row in rows]))"
    )
    asked = [
        {"said": f"it is {int(row['answer']) + wrong}", "reference": row["reference"]}
        for row in data.to_dicts()
        for wrong in (0, 1)
    ]
    done = subprocess.run(
        [trl, "-c", ask], cwd=export, input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) == [1.0, 0.0] * data.height


def test_a_process_reward_model_is_told_each_step(trl: Path, export: Path, is_right: Right) -> None:
    script = Path(__file__).with_name("train_steps.py")
    env = {**os.environ, "PYTHONPATH": str(trl.parent.parent / "older")}
    done = subprocess.run([trl, script], cwd=export, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["version"] == "1.13.0"
    assert [line["step"] for line in found["log"] if "grad_norm" in line] == [1, 2]
    assert len(found["batch"]) == 2
    for steps in found["batch"]:
        (first, good), (last, label) = steps
        assert good == 1
        assert "?\nBy way" in first
        assert first.endswith(".\n")
        assert last.startswith(first)
        assert label == is_right(last)


def tokens(text: str) -> list[str]:
    """The tiny tokenizer's tokens: bytes, and the marks of ChatML."""
    return [*text.replace("<|im_end|>", "\0")]


def test_every_row_is_there(export: Path, given: dict[str, Any]) -> None:
    manifest = json.loads((export / "manifest.json").read_text())
    for kind in (*KINDS, "stepwise"):
        assert manifest["export"]["datasets"][kind]["train"] == rows(export, kind) > 0
        held_out = manifest["export"]["datasets"][kind]["validation"]
        assert held_out > 0
        assert kind == "stepwise" or (given[kind]["rows"], given[kind]["eval"]) == (
            rows(export, kind),
            held_out,
        )
        assert kind == "stepwise" or any("eval_loss" in line for line in given[kind]["log"]), kind
