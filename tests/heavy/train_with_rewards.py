"""Two steps of TRL's GRPOTrainer on a tiny random model, rewarded by verifiers; prints what was rewarded.

Run by test_trl.py in an environment with TRL: `python train_with_rewards.py FOLDER`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from trl import GRPOConfig, GRPOTrainer

from winnow.verifiers import as_reward
from winnow.verifiers.bridge.trl import Reward

WORDS = ["[PAD]", "[EOS]", "what", "is", "it", "?", *map(str, range(10))]
ROWS = [("what is it ?", "7"), ("is it ?", "3"), ("what ?", "many"), ("it ?", "5")]


class Told(Reward):
    """A reward that keeps what it was asked and what it answered."""

    told: list[dict[str, Any]]

    def __call__(self, completions: Any, **columns: Any) -> list[float | None]:
        rewards = super().__call__(completions, **columns)
        rows = zip(completions, columns["answer"], rewards, strict=True)
        self.told += [{"completion": one, "answer": answer, "reward": got} for one, answer, got in rows]
        return rewards


def main(folder: Path) -> None:
    """Train, and print the rewards and the trainer's log as JSON."""
    torch.manual_seed(0)
    tokenizer = Tokenizer(models.WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="?"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", eos_token="[EOS]")
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(WORDS),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            pad_token_id=0,
            eos_token_id=1,
        )
    )
    number = Told({"type": "number"}, workers=1)
    number.told = []
    config = GRPOConfig(
        output_dir=str(folder / "out"),
        max_steps=2,
        per_device_train_batch_size=32,
        num_generations=8,
        max_completion_length=1,
        logging_steps=1,
        report_to=[],
        use_cpu=True,
        save_strategy="no",
    )
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=[number, as_reward("character_count", min=1, workers=1)],
        args=config,
        processing_class=fast,
        train_dataset=Dataset.from_list([{"prompt": prompt, "answer": answer} for prompt, answer in ROWS]),
    )
    trainer.train()
    print(json.dumps({"told": number.told, "log": trainer.state.log_history}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
