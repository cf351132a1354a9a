"""Builds made by hand, of every kind, for tests of what follows a build."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from winnow.steps.build.reading import Built, read_built
from winnow.steps.build.shards import DatasetFile
from winnow.steps.records import key_of

Rows = Sequence[Mapping[str, Any]]


def said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def ask(at: int) -> list[dict[str, str]]:
    return [said("user", f"question {at}")]


def answer(text: str) -> list[dict[str, str]]:
    return [said("assistant", text)]


def sft_row(at: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    """A row of `sft`: `question <at>`, and `right <at>` or `text`."""
    told = f"right {at}" if text is None else text
    return {
        "messages": [*ask(at), *answer(told)],
        "id": key_of(at, told),
        "problem_id": key_of("problem", at),
        "asked": key_of("asked", at),
        "source_id": f"p{at:04}",
        "model": "m",
        **more,
    }


def pair_row(at: int, **more: Any) -> dict[str, Any]:
    """A row of `preference`: `right <at>` against `wrong <at>`."""
    return {
        "prompt": ask(at),
        "chosen": answer(f"right {at}"),
        "rejected": answer(f"wrong {at}"),
        "id": key_of("pair", at),
        "problem_id": key_of("problem", at),
        "asked": key_of("asked", at),
        "source_id": f"p{at:04}",
        "model": "m",
        **more,
    }


def write_build(folder: Path, datasets: Mapping[str, Mapping[str, Sequence[Rows]]], **told: Any) -> Built:
    """Write `<kind>: {<split>: [rows of each shard]}` as the build of a run's folder."""
    files, frames = [], []
    for kind, splits in datasets.items():
        for split, shards in splits.items():
            for at, rows in enumerate(shards):
                frame = pl.DataFrame(list(rows))
                frames.append((f"{kind}/{split}-{at:05}-of-{len(shards):05}.parquet", frame))
    build = folder / "builds" / key_of(*((path, frame.write_json()) for path, frame in frames))
    for name, frame in frames:
        path = build / name
        path.parent.mkdir(parents=True, exist_ok=True)
        frame.write_parquet(path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files.append(DatasetFile(name, frame.height, path.stat().st_size, digest))
    listed = [{key: getattr(file, key) for key in ("path", "rows", "bytes", "sha256")} for file in files]
    (build / "manifest.json").write_text(json.dumps({"id": build.name, "files": listed}))
    link = folder / "datasets"
    link.unlink(missing_ok=True)
    link.symlink_to(build.relative_to(folder))
    manifest = {"name": folder.name, "recipe": {"verify": {"type": "number"}}, **told}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return read_built(folder / "datasets", owner=folder)
