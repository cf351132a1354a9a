"""LLaMA-Factory: `dataset_info.json`, and one YAML a dataset.

The formats: https://github.com/hiyouga/LLaMA-Factory/blob/main/data/README.md. `formatting: sharegpt` with
the tags of OpenAI's messages, and not `openai`: that puts "detailed thinking off" into every system prompt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from winnow.steps.export.columns import TURNS, but_last, by_turns
from winnow.steps.export.trainer import LENGTH, Data, Kind, Setting, Trainer

_TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
    "system_tag": "system",
    "observation_tag": "tool",
    "function_tag": "function",
}
_COLUMNS: Mapping[str, dict[str, Any]] = {
    "sft": {"columns": {"messages": "messages"}},
    "preference": {
        "ranking": True,
        "columns": {"messages": "prompt", "chosen": "chosen", "rejected": "rejected"},
    },
    "kto": {"columns": {"messages": "messages", "kto_tag": "label"}},
    "reward": {
        "ranking": True,
        "columns": {"messages": "prompt", "chosen": "chosen", "rejected": "rejected"},
    },
}


def _config(stage: str, rate: float, **more: Any) -> Callable[[Data, Setting], dict[str, Any]]:
    def told(data: Data, setting: Setting) -> dict[str, Any]:
        evaluated = {"eval_dataset": f"{data.kind}_validation", "do_eval": True, "eval_strategy": "epoch"}
        return {
            "model_name_or_path": setting.model,
            "stage": stage,
            "do_train": True,
            "finetuning_type": "lora",
            **more,
            "dataset_dir": ".",
            "dataset": f"{data.kind}_train",
            **(evaluated if data.rows.get("validation") else {}),
            "cutoff_len": LENGTH,
            "output_dir": f"./out/{data.kind}",
            "per_device_train_batch_size": 2,
            "gradient_accumulation_steps": 8,
            "learning_rate": rate,
            "num_train_epochs": 1.0,
            "lr_scheduler_type": "cosine",
            "bf16": True,
            "logging_steps": 10,
            "report_to": "none",
        }

    return told


def _files(datas: Sequence[Data], setting: Setting) -> dict[str, str]:
    told = {
        f"{data.kind}_{split}": {
            "file_name": path,
            "formatting": "sharegpt",
            **_COLUMNS[data.kind],
            "tags": _TAGS,
        }
        for data in datas
        for split, path in data.paths.items()
    }
    return {"dataset_info.json": json.dumps(told, indent=2) + "\n"}


_FITS = by_turns(pl.col("prompt"))
_PAIRS = {
    "prompt": pl.col("prompt"),
    "chosen": pl.col("chosen").list.first(),
    "rejected": pl.col("rejected").list.first(),
}

LLAMAFACTORY = Trainer(
    name="llamafactory",
    package="llamafactory",
    version="0.9.5",
    model_key="model_name_or_path",
    more=_files,
    notes=(
        "`dataset_info.json` tells LLaMA-Factory of `data/`; `template` is taken from the model's tokenizer "
        "unless you name one of LLaMA-Factory's own.",
    ),
    kinds={
        "sft": Kind(
            {"messages": pl.col("messages")},
            _config("sft", 1e-4, mask_history=True),
            "llamafactory-cli train sft.yaml",
            fits=by_turns(but_last("messages")),
            needs=TURNS,
        ),
        "preference": Kind(
            _PAIRS,
            _config("dpo", 5e-6),
            "llamafactory-cli train preference.yaml",
            fits=_FITS,
            needs=TURNS,
        ),
        "kto": Kind(
            {"messages": pl.concat_list("prompt", "completion"), "label": pl.col("label")},
            _config("kto", 5e-6),
            "llamafactory-cli train kto.yaml",
            fits=_FITS,
            needs=TURNS,
            shuffled=True,
        ),
        "reward": Kind(
            _PAIRS,
            _config("rm", 1e-4),
            "llamafactory-cli train reward.yaml",
            fits=_FITS,
            needs=TURNS,
        ),
    },
)
