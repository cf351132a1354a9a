"""Two steps of TRL's own commands on an export, and what their trainers were given.

Run by test_train_trl.py: `python train_exported.py KIND...` inside the export's folder. The scripts are those
that `trl sft`, `trl dpo` and so on launch, with the exported configuration; only their trainer keeps what it
sees.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import torch
import trl
import yaml

TRAINERS = {
    "sft": ("sft", "SFTTrainer"),
    "preference": ("dpo", "DPOTrainer"),
    "kto": ("kto", "KTOTrainer"),
    "reward": ("reward", "RewardTrainer"),
    "grpo": ("grpo", "GRPOTrainer"),
}
QUICK = {
    "max_steps": 2,
    "per_device_train_batch_size": 2,
    "use_cpu": True,
    "bf16": False,
    "gradient_checkpointing": False,
    "save_strategy": "no",
    "logging_steps": 1,
    "seed": 0,
}


def seen(inputs: Any, decode: Any) -> Any:
    """What a trainer was given: ids as text, other numbers as they are."""
    if isinstance(inputs, torch.Tensor):
        return inputs.tolist()
    if isinstance(inputs, dict):
        found = {key: seen(value, decode) for key, value in inputs.items()}
        texts = {}
        for key, value in inputs.items():
            if isinstance(value, torch.Tensor) and value.ndim == 2 and ("ids" in key or key == "labels"):
                texts[f"{key}_text"] = [decode([int(one) for one in row if one >= 0]) for row in value]
        return {**found, **texts}
    return inputs if isinstance(inputs, str | int | float | bool | list | None) else str(inputs)


def watched_rewards() -> list[dict[str, Any]]:
    """The calls of the exported reward function, as they come."""
    sys.path.insert(0, str(Path.cwd()))
    rewards = importlib.import_module("rewards")
    judge, calls = rewards.reward, []

    def reward(completions: Any, **columns: Any) -> Any:
        told = {key: value for key, value in columns.items() if key in ("prompts", "answer", "reference")}
        calls.append({**told, "scores": judge(completions, **columns)})
        return calls[-1]["scores"]

    rewards.reward = reward
    return calls


def train(kind: str) -> dict[str, Any]:
    """Run the command of a kind, and tell its first batch, its log and the splits that it evaluates."""
    script, name = TRAINERS[kind]
    base = getattr(trl, name)
    first: dict[str, Any] = {}

    class Watched(base):  # type: ignore[misc, valid-type]
        def compute_loss(self, model: Any, inputs: Any, *rest: Any, **more: Any) -> Any:
            tokenizer = self.processing_class
            first.setdefault("batch", seen(dict(inputs), tokenizer.decode))
            first["log"] = self.state.log_history
            first["eval"] = None if self.eval_dataset is None else len(self.eval_dataset)
            first["rows"] = len(self.train_dataset)
            return super().compute_loss(model, inputs, *rest, **more)

    Watched.__name__ = name
    setattr(trl, name, Watched)
    module = importlib.import_module(f"trl.scripts.{script}")
    quick = dict(QUICK)
    if kind == "grpo":
        first["rewards"] = watched_rewards()
        quick |= {"num_generations": 2, "max_completion_length": 8}
    if "eval_strategy" in yaml.safe_load(Path(f"{kind}.yaml").read_text()):
        quick |= {"eval_strategy": "steps", "eval_steps": 2}
    told = [part for key, value in quick.items() for part in (f"--{key}", str(value))]
    parsed = module.make_parser().parse_args_and_config(
        ["--config", f"{kind}.yaml", *told], fail_with_unknown_args=True
    )
    module.main(*parsed)
    return first


if __name__ == "__main__":
    print(json.dumps({kind: train(kind) for kind in sys.argv[1:]}))
