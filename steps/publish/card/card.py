from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from winnow.steps.build.reading import Built
from winnow.steps.publish.card.merge import Card
from winnow.steps.publish.config import CardConfig


def card_of(built: Built, recipe: Mapping[str, Any], config: CardConfig, plots: Sequence[str]) -> Card:
    configs = [
        {
            "config_name": kind,
            "data_files": [{"split": s, "path": f"{kind}/{s}-*.parquet"} for s in built.files(kind)],
        }
        for kind in built.kinds
    ]
    return Card(
        {"license": config.license or "unknown", "configs": configs},
        f"# {built.name}\n\nbuild {built.build.id}",
    )
