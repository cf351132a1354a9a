"""The YAML at the top of a card: https://huggingface.co/docs/hub/datasets-cards."""

from __future__ import annotations

import re
from typing import Any

from winnow.steps.publish.card.escape import visible
from winnow.steps.publish.card.facts import Facts

TAGS = {
    "sft": "sft",
    "preference": "dpo",
    "kto": "kto",
    "grpo": "grpo",
    "reward": "reward-model",
    "stepwise": "process-reward-model",
    "step_preference": "step-dpo",
    "candidates": "candidates",
}
ALWAYS = ("synthetic", "distilabel", "winnow")
_SIZES = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"),
          (10**7, "1M<n<10M"), (10**8, "10M<n<100M"), (10**9, "100M<n<1B"))  # fmt: skip
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def metadata(facts: Facts) -> dict[str, Any]:
    """Everything that the Hub knows a key for."""
    told: dict[str, Any] = {
        "pretty_name": facts.title,
        "license": facts.config.license or "unknown",
    }
    if language := facts.config.language or facts.part("build", "clean", "languages"):
        told["language"] = list(language)
        told["multilinguality"] = ["monolingual" if len(language) == 1 else "multilingual"]
    return told | {
        "annotations_creators": ["machine-generated", *([] if facts.reviewed is None else ["other"])],
        "language_creators": ["machine-generated"],
        "source_datasets": [source_repo(facts) or "original"],
        "size_categories": [size_of(sum(facts.rows(kind) for kind in facts.kinds))],
        "task_categories": ["text-generation"],
        "tags": list(dict.fromkeys([*ALWAYS, *(TAGS[kind] for kind in facts.kinds), *told_tags(facts)])),
        "configs": [
            {
                "config_name": kind,
                **({"default": True} if kind == facts.kinds[0] else {}),
                "data_files": [
                    {"split": split, "path": f"{kind}/{split}-*.parquet"} for split in facts.built.files(kind)
                ],
            }
            for kind in facts.kinds
        ],
        "dataset_info": [_info(facts, kind) for kind in facts.kinds],
    }


def told_tags(facts: Facts) -> list[str]:
    """The recipe's own."""
    return [visible(tag) for tag in facts.config.tags]


def size_of(rows: int) -> str:
    """The Hub's name for a number of rows.

    >>> size_of(999), size_of(1000), size_of(2 * 10**9)
    ('n<1K', '1K<n<10K', '1B<n<10B')
    """
    return next((name for most, name in _SIZES if rows < most), "1B<n<10B")


def source_repo(facts: Facts) -> str | None:
    """The dataset of the Hub that the problems are from, where they are from one."""
    path = str(facts.part("source", "path") or "")
    return path if facts.part("source", "type") == "hub" and _REPO.fullmatch(path) else None


def _info(facts: Facts, kind: str) -> dict[str, Any]:
    """What loaders check a dataset against: columns and rows; bytes are those of the uncompressed columns."""
    import pyarrow.parquet as pq
    from datasets import Features

    files = facts.built.files(kind)
    first = next(iter(files.values()))[0]
    schema = pq.read_schema(facts.built.build.folder / first.path)
    splits = [
        {"name": split, "num_bytes": facts.sizes[kind, split], "num_examples": facts.rows(kind, split)}
        for split in files
    ]
    return {
        "config_name": kind,
        "features": Features.from_arrow_schema(schema)._to_yaml_list(),
        "splits": splits,
        "download_size": sum(file.bytes for some in files.values() for file in some),
        "dataset_size": sum(split["num_bytes"] for split in splits),
    }
