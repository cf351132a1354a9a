"""What torchtune makes of its export: `python load_torchtune.py MODEL KIND...`, run by test_loaders.py.

The tokenizer of MODEL stands in torchtune's place for one: torchtune's own need files of their models.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from tokenizers import Tokenizer
from torchtune import config
from torchtune.data import CROSS_ENTROPY_IGNORE_IDX


class ChatML:
    """torchtune's protocol of a tokenizer: messages to ids, and which of them are not trained."""

    max_seq_len = 4096

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))

    def decode(self, ids: list[int]) -> str:
        return str(self._tokenizer.decode(ids, skip_special_tokens=False))

    def tokenize_messages(self, messages: list[Any], **_: Any) -> tuple[list[int], list[bool]]:
        ids: list[int] = []
        masks: list[bool] = []
        for message in messages:
            text = f"<|im_start|>{message.role}\n{message.text_content}<|im_end|>\n"
            new = self._tokenizer.encode(text).ids
            ids += new
            masks += [message.masked] * len(new)
        return ids, masks

    def __call__(self, sample: Any, inference: bool = False) -> dict[str, Any]:
        tokens, mask = self.tokenize_messages(sample.pop("messages"))
        return {**sample, "tokens": tokens, "mask": mask}


def loaded(kind: str, tokenizer: ChatML) -> list[dict[str, Any]]:
    """The rows by torchtune's own code: ids as text, labels as the text that is trained."""
    cfg = OmegaConf.load(f"{kind}.yaml")
    if not OmegaConf.is_missing(cfg.model, "_component_"):
        config.validate(cfg)
    rows = config.instantiate(cfg.dataset, tokenizer)
    return [
        {
            f"{key}_text": tokenizer.decode([int(one) for one in ids if one != CROSS_ENTROPY_IGNORE_IDX])
            for key, ids in rows[at].items()
            if key != "mask"
        }
        for at in range(len(rows))
    ]


if __name__ == "__main__":
    chatml = ChatML(Path(sys.argv[1]))
    print(json.dumps({kind: loaded(kind, chatml) for kind in sys.argv[2:]}))
