"""Two steps of each of TRL's trainers on the datasets of a build, with a tiny random model; prints the logs.

Run by test_trl.py in an environment with TRL: `python train_on_datasets.py DATASETS FOLDER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset, load_dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    LlamaForSequenceClassification,
    PreTrainedTokenizerFast,
)
from trl import (
    DPOConfig,
    DPOTrainer,
    GRPOConfig,
    GRPOTrainer,
    KTOConfig,
    KTOTrainer,
    RewardConfig,
    RewardTrainer,
    SFTConfig,
    SFTTrainer,
)

_SPECIAL = ["[PAD]", "[EOS]", "[UNK]"]
WORDS = [*_SPECIAL, "user", "assistant", "system", "question", "right", "wrong", *map(str, range(10))]
TEMPLATE = (
    "{% for message in messages %}{{ message.role }} {{ message.content }} [EOS] {% endfor %}"
    "{% if add_generation_prompt %}assistant {% endif %}"
)


def tokenizer() -> PreTrainedTokenizerFast:
    words = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=words, pad_token="[PAD]", eos_token="[EOS]", unk_token="[UNK]"
    )
    fast.chat_template = TEMPLATE
    return fast


def model(kind: Any = LlamaForCausalLM, **more: Any) -> Any:
    torch.manual_seed(0)
    return kind(
        LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            pad_token_id=0,
            eos_token_id=1,
            **more,
        )
    )


def right(completions: list[Any], answer: list[str], **columns: Any) -> list[float]:
    """A reward that needs the dataset's answer."""
    return [float(told in str(completion)) for completion, told in zip(completions, answer, strict=True)]


def main(datasets: Path, folder: Path) -> None:
    """Train on each dataset, and print each trainer's log as JSON."""

    def rows(name: str) -> Dataset:
        files = str(datasets / name / "*.parquet")
        return load_dataset("parquet", data_files=files, split="train", cache_dir=str(folder / "cache"))

    def settings(config: Any, name: str, **more: Any) -> Any:
        return config(
            output_dir=str(folder / name),
            max_steps=2,
            per_device_train_batch_size=2,
            logging_steps=1,
            report_to=[],
            use_cpu=True,
            save_strategy="no",
            **more,
        )

    words = tokenizer()
    common = {"processing_class": words}
    grpo = settings(GRPOConfig, "grpo", num_generations=2, max_completion_length=2)
    judge = model(LlamaForSequenceClassification, num_labels=1)
    trainers = {
        "sft": lambda: SFTTrainer(
            model=model(), args=settings(SFTConfig, "sft"), train_dataset=rows("sft"), **common
        ),
        "preference": lambda: DPOTrainer(
            model=model(),
            ref_model=model(),
            args=settings(DPOConfig, "dpo"),
            train_dataset=rows("preference"),
            **common,
        ),
        "step_preference": lambda: DPOTrainer(
            model=model(),
            ref_model=model(),
            args=settings(DPOConfig, "step_dpo"),
            train_dataset=rows("step_preference"),
            **common,
        ),
        "kto": lambda: KTOTrainer(
            model=model(),
            ref_model=model(),
            args=settings(KTOConfig, "kto"),
            train_dataset=rows("kto"),
            **common,
        ),
        "reward": lambda: RewardTrainer(
            model=judge, args=settings(RewardConfig, "reward"), train_dataset=rows("reward"), **common
        ),
        "grpo": lambda: GRPOTrainer(
            model=model(), args=grpo, reward_funcs=[right], train_dataset=rows("grpo"), **common
        ),
    }
    logs = {}
    for name, trainer in trainers.items():
        one = trainer()
        one.train()
        logs[name] = one.state.log_history
    print(json.dumps(logs))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
