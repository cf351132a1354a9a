"""From a build to the files that are published."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import yaml

from winnow.steps.build.reading import Built, examine_files
from winnow.steps.errors import UsageError
from winnow.steps.publish.card.card import card_of
from winnow.steps.publish.config import CardConfig
from winnow.steps.publish.files import File
from winnow.steps.publish.plan import MANIFEST, README, rows_of
from winnow.steps.publish.publication import Publication
from winnow.steps.publish.scrub import scrubbed

RECIPE = "recipe.yaml"
_TOLD = ("figures", "splits", "dropped", "made_by")


def collect(
    built: Built,
    recipe: Mapping[str, Any],
    config: CardConfig,
    plots: Sequence[tuple[str, bytes]] = (),
) -> Publication:
    """Put together what is published of a build: its shards, the recipe, a manifest, plots and the card.

    The same build and configuration give the same bytes.

    Args:
        recipe: as plain data; empty for a mix.
        plots: name and PNG, in the order in which the card shows them.

    Raises:
        UsageError: the build has no rows.
        MissingError: a file of it is missing or was changed.
    """
    if not built.build.files:
        raise UsageError(f"{built.name} has no rows to publish")
    examine_files(built)
    files = {
        file.path: File(file.path, built.build.folder / file.path, file.bytes, file.sha256)
        for file in built.build.files
    }
    clean = scrubbed(recipe)
    if clean:
        told = yaml.safe_dump(clean, sort_keys=False, allow_unicode=True)
        files[RECIPE] = File.of(RECIPE, told.encode("utf-8"))
    for name, png in plots:
        files[f"images/{name}.png"] = File.of(f"images/{name}.png", png)
    manifest = {
        "build": built.build.id,
        "name": built.name,
        "files": [asdict(file) for file in built.build.files],
        "paths": sorted([*files, MANIFEST, README]),
        **{key: scrubbed(built.told[key]) for key in _TOLD if key in built.told},
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    files[MANIFEST] = File.of(MANIFEST, text.encode("utf-8"))
    card = card_of(built, clean, config, [name for name, _ in plots])
    return Publication(built.build.id, built.name, files, card, rows_of(manifest))
