"""What axolotl makes of its export: `python load_axolotl.py KIND...`, run by test_loaders.py.

axolotl is imported late: its worker processes import this file anew.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def loaded(kind: str) -> dict[str, Any]:
    """The rows of each split by axolotl's own code: ids as text, labels as the text that is trained."""
    from axolotl.cli.config import load_cfg
    from axolotl.loaders import load_tokenizer
    from axolotl.utils.data import prepare_datasets, prepare_preference_datasets

    cfg = load_cfg(f"{kind}.yaml", bf16=False, dataset_num_proc=1)
    tokenizer = load_tokenizer(cfg)
    prepare = prepare_preference_datasets if cfg.rl else prepare_datasets
    splits = prepare(cfg, tokenizer)[:2]
    found = {}
    for name, rows in zip(("train", "validation"), splits, strict=True):
        found[name] = [_told(row, tokenizer) for row in rows] if rows is not None else None
    return found


def _told(row: dict[str, Any], tokenizer: Any) -> dict[str, Any]:
    texts = {f"{key}_text": tokenizer.decode(ids) for key, ids in row.items() if key.endswith("_ids")}
    labels = row.get("labels")
    if labels is not None:
        texts["trained"] = tokenizer.decode([one for one in labels if one > 1])
        texts["steps"] = [
            [tokenizer.decode(row["input_ids"][: at + 1]), label]
            for at, label in enumerate(labels)
            if label >= 0
        ]
    return {**row, **texts}


if __name__ == "__main__":
    os.environ["AXOLOTL_DO_NOT_TRACK"] = "1"
    print(json.dumps({kind: loaded(kind) for kind in sys.argv[1:]}))
