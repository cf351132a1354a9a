"""The README of an export: how to train with it, one command a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from winnow.steps.export.trainer import Data, Setting, Trainer

PLACEHOLDER = "path/to/your-model"
"""Stands in configurations where no model is known."""


def readme(
    trainer: Trainer, datas: Sequence[Data], setting: Setting, left_out: Mapping[str, str], source: str
) -> str:
    """Markdown; `left_out` tells, by the dataset's name, why it is not there."""
    lines = [f"# {setting.name} for {trainer.name}", f"Made from {source}.", ""]
    if setting.model == PLACEHOLDER:
        lines += [
            f"**First** put the model that you train in the place of `{PLACEHOLDER}` "
            f"(`{trainer.model_key}` in each configuration), or export again with `--model NAME`.",
            "",
        ]
    lines += ["Install and train, from inside this folder:", ""]
    for version in dict.fromkeys(trainer.kinds[data.kind].version or trainer.version for data in datas):
        lines += ["```sh", f'pip install "{trainer.package}=={version}"']
        for data in datas:
            kind = trainer.kinds[data.kind]
            if (kind.version or trainer.version) == version:
                lines.append(f"{kind.command}  # {_told(data)}")
        lines += ["```", ""]
    notes = {data.kind: trainer.kinds[data.kind].note for data in datas}
    lines += [f"- `{kind}`: {note}" for kind, note in notes.items() if note]
    lines += [f"- {note}" for note in trainer.notes]
    lines += [f"- `{name}` is left out: {why}." for name, why in sorted(left_out.items())]
    lines += [
        "- `data/` has what the trainer reads, and `id`, which leads back to the row of the build with its "
        "verdict and origin. What a configuration does not set is the trainer's default.",
    ]
    return "\n".join(lines) + "\n"


def _told(data: Data) -> str:
    return ", ".join(f"{split}: {count:,} rows" for split, count in data.rows.items())
