"""axolotl: one YAML a dataset.

The formats: https://docs.axolotl.ai/docs/dataset-formats and its `prompt_strategies`. In SFT each message
says whether it is trained: else the model's turns within a prompt would be, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from winnow.steps.export.columns import (
    ONE_TURN,
    PLAIN_ROLES,
    content,
    ending_a_line,
    last,
    of_one_turn,
    of_plain_roles,
    text_of,
    trained,
)
from winnow.steps.export.trainer import LENGTH, Data, Kind, Setting, Trainer


def _config(dataset: dict[str, Any], **more: Any) -> Callable[[Data, Setting], dict[str, Any]]:
    def told(data: Data, setting: Setting) -> dict[str, Any]:
        def split(name: str) -> list[dict[str, Any]]:
            return [{"path": f"./{data.paths[name]}", "ds_type": "parquet", "split": "train", **dataset}]

        return {
            "base_model": setting.model,
            **more,
            "datasets": split("train"),
            **({"test_datasets": split("validation")} if data.rows.get("validation") else {}),
            "dataset_prepared_path": "./out/prepared",
            "output_dir": f"./out/{data.kind}",
            "sequence_len": LENGTH,
            "num_epochs": 1,
            "micro_batch_size": 2,
            "gradient_accumulation_steps": 8,
            "learning_rate": _RATES[data.kind],
            "optimizer": "adamw_torch",
            "lr_scheduler": "cosine",
            "bf16": "auto",
        }

    return told


# As TRL's trainers have them, which axolotl has no defaults for.
_RATES = {"sft": 2e-5, "preference": 1e-6, "kto": 1e-6, "reward": 1e-5, "stepwise": 1e-5}
_OF_TOKENIZER = {"chat_template": "tokenizer_default"}

AXOLOTL = Trainer(
    name="axolotl",
    package="axolotl",
    version="0.19.0",
    model_key="base_model",
    kinds={
        "sft": Kind(
            {"messages": trained("messages")},
            _config(
                {"type": "chat_template", "field_messages": "messages", "message_field_training": "train"},
                **_OF_TOKENIZER,
            ),
            "axolotl train sft.yaml",
        ),
        "preference": Kind(
            {"messages": pl.col("prompt"), "chosen": pl.col("chosen"), "rejected": pl.col("rejected")},
            _config({"type": "chat_template.default"}, rl="dpo", **_OF_TOKENIZER),
            "axolotl train preference.yaml",
            fits=of_plain_roles(pl.col("prompt")),  # it breaks off at any other
            needs=PLAIN_ROLES,
        ),
        "kto": Kind(
            {
                "system": text_of("prompt", "system"),
                "instruction": text_of("prompt", "user"),
                "completion": content(last("completion")),
                "label": pl.col("label"),
            },
            # Not `argilla_chat`: before axolotl 0.19 that takes messages by their places, the first for the
            # user's and the second for the answer, whatever their roles.
            _config(
                {"type": "chatml.argilla"}, rl="kto", chat_template="chatml", remove_unused_columns=False
            ),
            "axolotl train kto.yaml",
            fits=of_one_turn(pl.col("prompt")),
            needs=ONE_TURN,
            shuffled=True,
            note="axolotl knows ChatML and Llama 3 alone here: for the latter write `llama3.argilla`.",
        ),
        "reward": Kind(
            {
                "system": text_of("prompt", "system"),
                "input": text_of("prompt", "user"),
                "chosen": content(last("chosen")),
                "rejected": content(last("rejected")),
            },
            _config(
                {"type": "bradley_terry.chat_template"},
                model_type="AutoModelForSequenceClassification",
                num_labels=1,
                reward_model=True,
                **_OF_TOKENIZER,
            ),
            "axolotl train reward.yaml",
            fits=of_one_turn(pl.col("prompt")),
            needs=ONE_TURN,
            note="axolotl begins every conversation here with a system message, if need be an empty one.",
        ),
        "stepwise": Kind(
            {
                "prompt": ending_a_line("prompt"),
                "completions": pl.col("completions"),
                "labels": pl.col("labels"),
            },
            _config(
                {"type": "stepwise_supervised", "step_separator": "\n"},
                model_type="AutoModelForTokenClassification",
                num_labels=2,
                process_reward_model=True,
            ),
            "axolotl train stepwise.yaml",
        ),
    },
)
