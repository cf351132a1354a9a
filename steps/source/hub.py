"""Datasets of the Hugging Face Hub, and folders that hold one, by the `datasets` library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from winnow.steps.errors import MissingError, UsageError, WinnowError
from winnow.steps.revision import revision_of, revision_on_hub
from winnow.steps.secrets import expand
from winnow.steps.source.mapping import MappedSource, missing_columns
from winnow.steps.source.values import listed, nearest

_BATCH = 256  # rows that are in memory at once: one by one the library is 100 times slower


class HubSource(MappedSource):
    """`{type: hub, path: openai/gsm8k, config: main, split: train, prompt: question, ...}`.

    `path` is a dataset of the Hub or a folder: of data files, or one that `save_to_disk` wrote. With
    `streaming` nothing is downloaded beforehand; without a `limit` such a source is not surveyed before
    sampling begins. `revision` is a branch, a tag or a commit; a commit makes the run repeatable. A token
    is taken from the environment by the library itself (HF_TOKEN).
    """

    type: Literal["hub"]
    path: str
    config: str | None = None
    """Which of the dataset's configurations."""
    split: str = "train"
    """Which of its splits."""
    revision: str | None = None
    streaming: bool = False

    @property
    def place(self) -> str:
        return f"{self.path} ({f'{self.config}, ' if self.config else ''}{self.split})"

    @property
    def finite(self) -> bool:
        return not self.streaming or self.limit is not None

    def content(self) -> str:
        """The commit, where it is a dataset of the Hub."""
        path = expand(self.path)
        folder = Path(path).expanduser()
        return revision_of(folder) if folder.is_dir() else revision_on_hub(path, self.revision, "dataset")

    def raw(self) -> Iterator[tuple[int, Any]]:
        number = 0
        try:
            dataset = self._load()
            names = dataset.column_names
            if names and (wrong := missing_columns(self.fields, names)):
                raise UsageError(f"{self.place} has {wrong}")
            if names:
                dataset = dataset.select_columns([name for name in names if self._reads(name)])
            for batch in dataset.iter(min(_BATCH, self.limit or _BATCH)):
                for values in zip(*batch.values(), strict=True):
                    number += 1
                    yield number, dict(zip(batch, values, strict=True))
        except WinnowError:
            raise
        except Exception as broken:  # the library lets through whatever its file systems and formats raise
            raise self._told(broken, number) from broken

    def _load(self) -> Any:
        import datasets

        path = expand(self.path)
        folder = Path(path).expanduser()
        if (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file():
            return self._split_of(datasets.load_from_disk(str(folder)))
        where = str(folder) if folder.is_dir() else path
        return datasets.load_dataset(
            where, self.config, split=self.split, revision=self.revision, streaming=self.streaming
        )

    def _split_of(self, saved: Any) -> Any:
        if not isinstance(saved, dict):
            return saved
        if self.split not in saved:
            raise UsageError(
                f"{self.path} has no split {self.split!r}{nearest(self.split, saved)} It has: {listed(saved)}"
            )
        return saved[self.split]

    def _reads(self, column: str) -> bool:
        return any(column in (field, field.split(".")[0]) for field in self.fields)

    def _told(self, broken: Exception, number: int) -> WinnowError:
        from datasets.exceptions import DatasetGenerationError

        if isinstance(broken, DatasetGenerationError) and isinstance(broken.__cause__, Exception):
            broken = broken.__cause__
        what = str(broken).strip().partition("\n")[0] or type(broken).__name__
        after = f" after row {number}" if number else ""
        if isinstance(broken, OSError):
            return MissingError(f"{self.place} cannot be reached{after}: {what}")
        if isinstance(broken, ValueError):
            return UsageError(f"{self.place} cannot be loaded{after}: {what}")
        return MissingError(f"{self.place} cannot be read{after}: {type(broken).__name__}: {what}")
