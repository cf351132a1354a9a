"""`compute_optimal`, in the `search` part of a recipe."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.sample.search.base import Count
from winnow.steps.sample.search.stepwise import AnyStepwise, BeamConfig, BestOfConfig, DvtsConfig, Stepwise

if TYPE_CHECKING:
    from winnow.steps.sample.search.node import Search

_MOST_BINS = 100
_TRIED: tuple[AnyStepwise, ...] = (
    BestOfConfig(type="best_of", n=4),
    BestOfConfig(type="best_of", n=16),
    BeamConfig(type="beam", n=16),
    DvtsConfig(type="dvts", n=16),
)


class Bin(BaseModel):
    """A line of the table: the `search` of problems whose first answers are worth less than `below` on
    average, and not less than the line before says. The last one has no `below`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    below: float | None = None
    search: AnyStepwise

    @field_validator("search")
    @classmethod
    def _steps_alike(cls, search: AnyStepwise) -> AnyStepwise:
        return _plain(search)


class ComputeOptimalConfig(Stepwise):
    """`probe` answers tell how hard a problem is: by the mean of their rewards, or with `by: verdict` by the
    share that pass. The `table` says which search that calls for, and its first steps are those of the
    probe. The table stands in the recipe, or in the YAML file `path`, which `winnow tune` writes when it has
    tried each of the `strategies` on problems whose answers are known.

    Source: Snell et al. 2024, arXiv 2408.03314, section 3.
    """

    type: Literal["compute_optimal"]
    table: list[Bin] | None = Field(default=None, min_length=1)
    path: str | None = None
    probe: Count = 4
    by: Literal["reward", "verdict"] = "reward"
    strategies: list[AnyStepwise] = Field(default=list(_TRIED), min_length=1, max_length=64)

    @field_validator("table")
    @classmethod
    def _ascends(cls, table: list[Bin] | None) -> list[Bin] | None:
        if table:
            check_ascending(table)
        return table

    @field_validator("strategies")
    @classmethod
    def _steps_alike(cls, strategies: list[AnyStepwise]) -> list[AnyStepwise]:
        return [_plain(one) for one in strategies]

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if (self.table is None) == (self.path is None):
            raise ValueError("give one of `table` and `path`: what is searched how, or the file that says so")
        return self

    @property
    def told(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"strategies", "path"})

    def settled(self) -> Self:
        return self.model_copy(update={"table": self.bins()})

    def bins(self) -> list[Bin]:
        """The table; raises as `settled`."""
        return self.table if self.table is not None else read_table(Path(self.path or ""))

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.optimal import compute_optimal

        bins = self.bins()

        def chosen(worth: float) -> Search:
            return self.one(bin_of(bins, worth).search, seed)

        return compute_optimal(self.probe, self.depth, chosen, by_verdict=self.by == "verdict")

    def one(self, strategy: Stepwise, seed: int) -> Search:
        """A strategy's search, with steps as they are here."""
        return strategy.model_copy(update={"depth": self.depth}).search(seed)

    def trial(self) -> TrialConfig:
        """What tries every strategy."""
        return TrialConfig(**{name: getattr(self, name) for name in type(self).model_fields})


class TrialConfig(ComputeOptimalConfig):
    """What `winnow tune` runs: the probe, and then each of the strategies, in one tree."""

    @property
    def told(self) -> dict[str, Any]:
        return {**self.model_dump(mode="json", exclude={"table", "path"}), "type": "trial"}

    def settled(self) -> Self:
        return self

    def search(self, seed: int) -> Search:
        from winnow.steps.sample.search.optimal import trial

        searches = [self.one(strategy, seed) for strategy in self.strategies]
        return trial(self.probe, self.depth, searches, by_verdict=self.by == "verdict")


def bin_of(bins: Sequence[Bin], worth: float) -> Bin:
    """The line for a problem whose first answers are worth so much on average."""
    return next((one for one in bins if one.below is not None and worth < one.below), bins[-1])


def check_ascending(bins: Sequence[Bin]) -> None:
    """Raises ValueError unless each line but the last has a `below`, and each a greater one."""
    limits = [one.below for one in bins[:-1] if one.below is not None]
    if len(limits) < len(bins) - 1 or bins[-1].below is not None:
        raise ValueError("every line of the table but the last needs `below`, and the last has none")
    if any(low >= high for low, high in pairwise(limits)):
        raise ValueError("`below` grows from line to line: sort the table by it")


def read_table(path: Path) -> list[Bin]:
    """A table from its YAML file.

    Raises:
        MissingError: it is not there.
        UsageError: it is no table; the message names the line.
    """
    import yaml

    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as broken:
        raise MissingError(
            f"the table {path} (sample.search.path) cannot be read: {broken.strerror}. `winnow tune RECIPE` "
            "makes it"
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise UsageError(f"the table {path} (sample.search.path) is not YAML: make it anew") from None
    try:
        bins = TypeAdapter(list[Bin]).validate_python(told)
        if not bins:
            raise ValueError("it has no lines")
        check_ascending(bins)
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise UsageError(f"the table {path} (sample.search.path): {where}: {first['msg']}") from None
    except ValueError as wrong:
        raise UsageError(f"the table {path} (sample.search.path): {wrong}") from None
    return bins


def _plain(search: AnyStepwise) -> AnyStepwise:
    if own := {"depth", "separator"} & search.model_fields_set:
        raise ValueError(f"`{min(own)}` stands beside `table`: all searches of a table have the same")
    return search
