"""torchtune: one YAML a dataset for its single-device LoRA recipes.

The formats: `torchtune.datasets.chat_dataset` and `preference_dataset`. torchtune builds each model by a
function of its own; where winnow knows which, the configuration is whole, and else its `???` must be filled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from winnow.steps.export.columns import ONE_TURN, TURNS, but_last, by_turns, of_one_turn
from winnow.steps.export.trainer import LENGTH, Data, Kind, Setting, Trainer

_QWEN, _LLAMA = ("qwen2_5", "QWEN2"), ("llama3_2", "LLAMA3_2")
# By the model's name on the Hub: the family's module and type, the builder, the number of its weights' files.
_MODELS = {
    "Qwen/Qwen2.5-0.5B-Instruct": (*_QWEN, "lora_qwen2_5_0_5b", 1),
    "Qwen/Qwen2.5-1.5B-Instruct": (*_QWEN, "lora_qwen2_5_1_5b_instruct", 1),
    "Qwen/Qwen2.5-3B-Instruct": (*_QWEN, "lora_qwen2_5_3b", 2),
    "Qwen/Qwen2.5-7B-Instruct": (*_QWEN, "lora_qwen2_5_7b_instruct", 4),
    "meta-llama/Llama-3.2-1B-Instruct": (*_LLAMA, "lora_llama3_2_1b", 1),
    "meta-llama/Llama-3.2-3B-Instruct": (*_LLAMA, "lora_llama3_2_3b", 2),
}
_FOLDER = "./model"


def _model(name: str) -> dict[str, Any]:
    """The parts of a configuration that name the model; `???` where we do not know them."""
    if name not in _MODELS:
        unknown = {"_component_": "???"}
        return {"model": dict(unknown), "tokenizer": dict(unknown), "checkpointer": dict(unknown)}
    family, kind, builder, count = _MODELS[name]
    many = [f"model-{at:05}-of-{count:05}.safetensors" for at in range(1, count + 1)]
    if family == "qwen2_5":
        tokenizer = {
            "_component_": "torchtune.models.qwen2_5.qwen2_5_tokenizer",
            "path": f"{_FOLDER}/vocab.json",
            "merges_file": f"{_FOLDER}/merges.txt",
        }
    else:
        tokenizer = {
            "_component_": "torchtune.models.llama3.llama3_tokenizer",
            "path": f"{_FOLDER}/original/tokenizer.model",
        }
    return {
        "model": {
            "_component_": f"torchtune.models.{family}.{builder}",
            "lora_attn_modules": ["q_proj", "v_proj", "output_proj"],
            "apply_lora_to_mlp": True,
            "lora_rank": 16,
            "lora_alpha": 32,
            "lora_dropout": 0.0,
        },
        "tokenizer": {**tokenizer, "max_seq_len": LENGTH},
        "checkpointer": {
            "_component_": "torchtune.training.FullModelHFCheckpointer",
            "checkpoint_dir": _FOLDER,
            "checkpoint_files": ["model.safetensors"] if count == 1 else many,
            "recipe_checkpoint": None,
            "output_dir": "${output_dir}",
            "model_type": kind,
        },
    }


def _config(
    dataset: dict[str, Any], loss: str, rate: float, **more: Any
) -> Callable[[Data, Setting], dict[str, Any]]:
    def told(data: Data, setting: Setting) -> dict[str, Any]:
        return {
            "output_dir": f"./out/{data.kind}",
            **_model(setting.model),
            "resume_from_checkpoint": False,
            "save_adapter_weights_only": False,
            "dataset": {
                "_component_": f"torchtune.datasets.{dataset['name']}",
                "source": "parquet",
                "data_files": f"./{data.paths['train']}",
                "split": "train",
                **{key: value for key, value in dataset.items() if key != "name"},
            },
            "seed": 0,
            "shuffle": True,
            "batch_size": 2,
            "epochs": 1,
            "max_steps_per_epoch": None,
            "gradient_accumulation_steps": 8,
            "optimizer": {"_component_": "torch.optim.AdamW", "lr": rate, "weight_decay": 0.01},
            "lr_scheduler": {
                "_component_": "torchtune.training.lr_schedulers.get_cosine_schedule_with_warmup",
                "num_warmup_steps": 10,
            },
            "loss": {"_component_": loss},
            "device": "cuda",
            "dtype": "bf16",
            "compile": False,
            "enable_activation_checkpointing": True,
            "enable_activation_offloading": False,
            **more,
            "metric_logger": {
                "_component_": "torchtune.training.metric_logging.DiskLogger",
                "log_dir": "${output_dir}/logs",
            },
            "log_every_n_steps": 10,
            "log_peak_memory_stats": False,
        }

    return told


TORCHTUNE = Trainer(
    name="torchtune",
    package="torchtune",
    version="0.6.1",
    model_key="model, tokenizer, checkpointer",
    notes=(
        "torchtune also needs torchao (0.9 was tried), and the model's files in `./model`: "
        "`tune download NAME --output-dir ./model`.",
        "Where `model`, `tokenizer` and `checkpointer` say `???`, winnow does not know how torchtune builds "
        "this model: copy the three from the nearest of `tune ls`, with `tune cp`.",
    ),
    kinds={
        "sft": Kind(
            {"messages": pl.col("messages")},
            _config(
                {
                    "name": "chat_dataset",
                    "conversation_column": "messages",
                    "conversation_style": "openai",
                    "train_on_input": False,
                },
                "torchtune.modules.loss.CEWithChunkedOutputLoss",
                1e-4,
                clip_grad_norm=None,
            ),
            "tune run lora_finetune_single_device --config sft.yaml",
            fits=of_one_turn(but_last("messages")),
            needs=ONE_TURN,
            note="torchtune trains every turn of the model: conversations of more turns are left out.",
        ),
        "preference": Kind(
            {
                "chosen": pl.concat_list("prompt", "chosen"),
                "rejected": pl.concat_list("prompt", "rejected"),
            },
            _config(
                {"name": "preference_dataset", "train_on_input": False}, "torchtune.rlhf.loss.DPOLoss", 5e-5
            ),
            "tune run lora_dpo_single_device --config preference.yaml",
            fits=by_turns(pl.col("prompt")),
            needs=TURNS,
        ),
    },
)
