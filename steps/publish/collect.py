"""From a build to the files that are published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import yaml

from winnow.steps.build.reading import Built, examine_files
from winnow.steps.errors import UsageError
from winnow.steps.publish.card.card import card_of
from winnow.steps.publish.card.facts import gather
from winnow.steps.publish.config import CardConfig
from winnow.steps.publish.files import File
from winnow.steps.publish.plan import MANIFEST, README, rows_of
from winnow.steps.publish.publication import Publication
from winnow.steps.publish.scrub import scrubbed
from winnow.steps.report.model import Report, RunReport

RECIPE = "recipe.yaml"
PLOTS = ("coverage", "difficulty", "lengths")
_TOLD = ("figures", "splits", "dropped", "made_by", "lineage")


def collect(
    built: Built,
    recipe: Mapping[str, Any],
    config: CardConfig,
    repo: str,
    report: RunReport | None = None,
) -> Publication:
    """Put together what is published of a build: its shards, the recipe, a manifest, plots and the card.

    The same build and configuration give the same bytes.

    Args:
        recipe: as plain data; empty for a mix.
        repo: what the card's commands load: a dataset of the Hub, or a path.
        report: what the plots are drawn from; without one the card has none.

    Raises:
        UsageError: the build has no rows.
        MissingError: a file of it is missing or was changed.
    """
    if not any(file.rows for file in built.build.files):
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
    plots = _plots(report)
    for name, png in plots.items():
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
    facts = gather(built, clean, config, repo, report, tuple(plots))
    return Publication(built.build.id, built.name, files, card_of(facts), rows_of(manifest))


def _plots(report: RunReport | None) -> dict[str, bytes]:
    """What the card shows, by name, of what the report has something for."""
    if report is None:
        return {}
    from winnow.steps.report.plots import plot_png

    drawn = {name: plot_png(Report(runs=[report]), name) for name in PLOTS}
    return {name: png for name, png in drawn.items() if png is not None}
