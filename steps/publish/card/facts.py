"""What is known of a build, gathered for its card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow.parquet as pq

from winnow.steps.build.kinds import KINDS
from winnow.steps.build.reading import Built
from winnow.steps.publish.card.escape import visible
from winnow.steps.publish.config import CardConfig
from winnow.steps.publish.scrub import scrubbed
from winnow.steps.report.model import RunReport


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a card tells: `recipe` is scrubbed, and empty for a mix; `repo` names it in commands.

    `models` and `verifiers` (name and version) are those that rows are of, `sizes` the uncompressed bytes of
    each dataset's splits, `plots` the names of pictures. `reviewed` and `decided` are the rows that people
    reviewed, and those that they decided; None where no reviews counted.
    """

    built: Built
    recipe: Mapping[str, Any]
    config: CardConfig
    repo: str
    report: RunReport | None
    plots: tuple[str, ...]
    models: tuple[str, ...]
    verifiers: tuple[tuple[str, str], ...]
    sizes: Mapping[tuple[str, str], int]
    reviewed: int | None = None
    decided: int | None = None

    @property
    def title(self) -> str:
        return visible(self.config.pretty_name or self.built.name)

    @property
    def is_hub(self) -> bool:
        """Whether `repo` is a dataset of the Hub, and no path or URL."""
        return "://" not in self.repo and not self.repo.startswith((".", "/"))

    @property
    def kinds(self) -> list[str]:
        """The datasets, those that most people look for first."""
        return [kind for kind in KINDS if kind in self.built.kinds]

    def rows(self, kind: str, split: str | None = None) -> int:
        files = self.built.files(kind)
        return sum(file.rows for name in files if split in (None, name) for file in files[name])

    @property
    def splits(self) -> list[str]:
        found = {split for kind in self.kinds for split in self.built.files(kind)}
        return [split for split in ("train", "validation", "test") if split in found]

    def figures(self, kind: str) -> Mapping[str, float]:
        told = self.built.told.get("figures", {}).get(kind, {})
        return told if isinstance(told, Mapping) else {}

    @property
    def trust(self) -> str:
        """What says what is right: `verdict`, or `votes`, `agreement` or `reward` where one goes by it."""
        rules = self.built.told.get("made_by", {}).get("rules", {})
        told = {part.get("trust", "verdict") for part in rules.values() if isinstance(part, Mapping)}
        return next(iter(sorted(map(str, told - {"verdict"}), reverse=True)), "verdict")

    @property
    def review_rule(self) -> str:
        """How what people said counted: a rule of `build.reviews`; empty where none is known."""
        told = self.built.told.get("made_by", {}).get("rules", {}).get("reviews")
        return str(told.get("rule", "")) if isinstance(told, Mapping) else ""

    def part(self, *keys: str) -> Any:
        """A part of the recipe; None where it is not there."""
        found: Any = self.recipe
        for key in keys:
            found = found.get(key) if isinstance(found, Mapping) else None
        return found


def gather(
    built: Built,
    recipe: Mapping[str, Any],
    config: CardConfig,
    repo: str,
    report: RunReport | None,
    plots: tuple[str, ...],
) -> Facts:
    """Read what the rows themselves tell."""
    models: set[str] = set()
    verifiers: set[tuple[str, str]] = set()
    sizes: dict[tuple[str, str], int] = {}
    reviewed = decided = None
    for kind in built.kinds:
        for split, files in built.files(kind).items():
            for file in files:
                path = built.build.folder / file.path
                meta = pq.read_metadata(path)
                groups = range(meta.num_row_groups)
                bytes_ = sum(meta.row_group(at).total_byte_size for at in groups)
                sizes[kind, split] = sizes.get((kind, split), 0) + bytes_
                rows = pl.scan_parquet(path, glob=False)
                names = rows.collect_schema().names()
                if "model" in names:
                    found = rows.select("model").unique().collect()["model"].drop_nulls()
                    models.update(str(scrubbed(model)) for model in found)
                if {"decided_by", "reviewers"} <= set(names):
                    counted = rows.select(
                        (pl.col("reviewers") > 0).sum(), (pl.col("decided_by") == "people").sum()
                    )
                    found_, by_people = counted.collect().row(0)
                    reviewed, decided = (reviewed or 0) + found_, (decided or 0) + by_people
                if {"verifier", "verifier_version"} <= set(names):
                    told = rows.select("verifier", "verifier_version").unique().drop_nulls().collect()
                    verifiers.update((str(name), str(version)) for name, version in told.iter_rows())
    named = tuple(sorted(models)), tuple(sorted(verifiers))
    return Facts(built, recipe, config, repo, report, plots, *named, sizes, reviewed, decided)
