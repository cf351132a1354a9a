"""What LLaMA-Factory makes of its export: `python load_llamafactory.py KIND...`, run by test_loaders.py."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

os.environ["DISABLE_VERSION_CHECK"] = "1"  # of libraries that the data's code does not use

import yaml
from llamafactory.data import get_dataset, get_template_and_fix_tokenizer
from llamafactory.hparams import get_train_args
from llamafactory.model import load_tokenizer


def loaded(kind: str) -> dict[str, Any]:
    """The rows of each split by LLaMA-Factory's own code: ids as text, labels as the text that is trained."""
    told = yaml.safe_load(Path(f"{kind}.yaml").read_text())
    told |= {"bf16": False, "use_cpu": True, "overwrite_cache": True}
    model_args, data_args, training_args, finetuning_args, _ = get_train_args(told)
    tokenizer = load_tokenizer(model_args)["tokenizer"]
    template = get_template_and_fix_tokenizer(tokenizer, data_args)
    stage = "rm" if finetuning_args.stage == "dpo" else finetuning_args.stage  # as its run_dpo asks
    module = get_dataset(template, model_args, data_args, training_args, stage=stage, tokenizer=tokenizer)
    named = {"train": module.get("train_dataset"), "validation": module.get("eval_dataset")}
    return {name: rows and [_told(row, tokenizer) for row in rows] for name, rows in named.items()}


def _told(row: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    found = {}
    for key, value in row.items():
        if key.endswith("input_ids"):
            found[f"{key}_text"] = tokenizer.decode(value)
        elif key.endswith("labels"):
            found[f"{key}_text"] = tokenizer.decode([one for one in value if one >= 0])
    return {**found, "kto_tag": row.get("kto_tags")}


if __name__ == "__main__":
    print(json.dumps({kind: loaded(kind) for kind in sys.argv[1:]}))
