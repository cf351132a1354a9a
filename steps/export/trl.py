"""TRL: one YAML a dataset for its own command, and the run's verifier as a reward function.

The formats: https://huggingface.co/docs/trl/dataset_formats. SFT is told prompt and completion apart, so that
only the completion is trained whatever the chat template says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from winnow.steps.export.columns import but_last, ending_a_line, last
from winnow.steps.export.trainer import LENGTH, Data, Kind, Setting, Trainer

_REWARDS = '''\
"""The run's verifier as a reward function: `reward_funcs: [rewards.reward]`. Needs `winnow-data`."""

import json

from winnow.verifiers.bridge.trl import Reward

# The spec of the verifier, by the run that a row is of; under "" where the dataset is of one run.
JUDGES = {{run: Reward(spec) for run, spec in json.loads({specs}).items()}}


def reward(completions, reference, answer=None, trust=None, run=None, **columns):
    """The verdict's score for each completion; None where it is an error, a skip, or of an unknown run.

    Where a vote is trusted, there is no verdict: then what is extracted is compared with the voted `answer`.
    """
    runs = run or [""] * len(completions)
    rewards = [None] * len(completions)
    for name, judge in JUDGES.items():
        ours = [at for at, one in enumerate(runs) if one == name]
        told = [json.loads(reference[at]) for at in ours]
        keys = sorted({{key for one in told for key in one}})
        asked = {{key: [one.get(key) for one in told] for key in keys}}
        for at, verdict in zip(ours, judge.verdicts([completions[at] for at in ours], **asked), strict=True):
            voted = trust is not None and trust[at] == "votes"
            rewards[at] = agrees(verdict, answer[at]) if voted else verdict.score
    return rewards


def agrees(verdict, answer):
    """Whether the answer that was extracted is this one, compared as the votes were; None for an error."""
    return None if verdict.status == "error" else float((verdict.extracted or "").strip() == answer)
'''

_STEPWISE = '''\
"""Train a process reward model on data/stepwise, by stepwise.json: TRL has no command for it.

TRL took its PRMTrainer out in 1.14: `pip install "trl=={version}"`.
"""

import json
from pathlib import Path

from datasets import load_dataset
from transformers import AutoModelForTokenClassification, AutoTokenizer
from trl.experimental.prm import PRMConfig, PRMTrainer

told = json.loads(Path("stepwise.json").read_text(encoding="utf-8"))
dataset = load_dataset(told["dataset_name"])
tokenizer = AutoTokenizer.from_pretrained(told["model_name_or_path"])
model = AutoModelForTokenClassification.from_pretrained(told["model_name_or_path"], num_labels=2)
trainer = PRMTrainer(
    model=model,
    args=PRMConfig(**told["args"]),
    processing_class=tokenizer,
    train_dataset=dataset["train"],
    eval_dataset=dataset.get("validation"),
)
trainer.train()
trainer.save_model()
'''

_PRM = "1.13.0"


def _config(**more: Any) -> Callable[[Data, Setting], dict[str, Any]]:
    def told(data: Data, setting: Setting) -> dict[str, Any]:
        found = {
            "model_name_or_path": setting.model,
            "dataset_name": data.folder,
            "output_dir": f"./out/{data.kind}",
            **more,
            "logging_steps": 10,
            "report_to": "none",
        }
        if data.rows.get("validation"):
            found |= {"eval_strategy": "epoch", "dataset_test_split": "validation"}
        return found

    return told


def _stepwise(data: Data, setting: Setting) -> dict[str, Any]:
    arguments = {"output_dir": f"./out/{data.kind}", "max_length": LENGTH, "report_to": "none"}
    if data.rows.get("validation"):
        arguments["eval_strategy"] = "epoch"
    return {"model_name_or_path": setting.model, "dataset_name": data.folder, "args": arguments}


def _files(datas: Sequence[Data], setting: Setting) -> dict[str, str]:
    kinds = {data.kind for data in datas}
    found = {}
    if "grpo" in kinds:
        specs = {one.run if setting.is_mix else "": one.verify for one in setting.origins if one.verify}
        found["rewards.py"] = _REWARDS.format(specs=repr(json.dumps(specs, sort_keys=True)))
    if "stepwise" in kinds:
        found["stepwise.py"] = _STEPWISE.format(version=_PRM)
    return found


def _same(*names: str) -> dict[str, pl.Expr]:
    return {name: pl.col(name) for name in names}


TRL = Trainer(
    name="trl",
    package="trl",
    version="1.16.0",
    model_key="model_name_or_path",
    reads_thoughts=True,
    more=_files,
    kinds={
        "sft": Kind(
            {"prompt": but_last("messages"), "completion": last("messages")},
            _config(max_length=LENGTH),
            "trl sft --config sft.yaml",
        ),
        "preference": Kind(
            _same("prompt", "chosen", "rejected"),
            _config(max_length=LENGTH),
            "trl dpo --config preference.yaml",
        ),
        "step_preference": Kind(
            _same("prompt", "chosen", "rejected"),
            _config(max_length=LENGTH),
            "trl dpo --config step_preference.yaml",
            note="both answers begin alike, and what they share cancels out in DPO's loss (`sigmoid`).",
        ),
        "kto": Kind(
            _same("prompt", "completion", "label"),
            _config(max_length=LENGTH),
            "trl kto --config kto.yaml",
            shuffled=True,
            note="a batch on a device must hold two rows or more: each is told from the answer of another.",
        ),
        "reward": Kind(
            _same("prompt", "chosen", "rejected", "margin"),
            _config(max_length=LENGTH),
            "trl reward --config reward.yaml",
            optional=("margin",),
        ),
        "grpo": Kind(
            _same("prompt", "answer", "reference", "trust", "run"),
            _config(reward_funcs=["rewards.reward"], max_completion_length=1024),
            "trl grpo --config grpo.yaml",
            optional=("run",),
            fits=(pl.col("trust") != "votes") | pl.col("answer").is_not_null(),
            needs="rows with an answer, where a vote is trusted",
            note="`rewards.py` is the run's verifier as the reward, or its vote; it needs "
            "`pip install winnow-data`.",
        ),
        "stepwise": Kind(
            {"prompt": ending_a_line("prompt"), **_same("completions", "labels")},
            _stepwise,
            "python stepwise.py",
            version=_PRM,
            note=f"TRL has no trainer of process reward models after {_PRM}.",
        ),
    },
)
