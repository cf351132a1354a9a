"""The base of every group step: one coroutine, for winnow's runner and for a stock distilabel Pipeline."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from distilabel.steps import Step, StepInput
from pydantic import PrivateAttr

from winnow.steps.records import Group
from winnow.steps.rows import COLUMNS, group_of, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class Halt(StrEnum):
    """Why a run stops asking before everything is answered."""

    INTERRUPTED = "interrupted"
    BUDGET = "budget"


async def drop(table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Keep nothing: where a stock Pipeline runs the steps there is no ledger."""


@dataclass(slots=True)
class Context:
    """What a runner lends to its steps.

    `put` hands rows to the ledger; `halt` says why no new request may be made, once none may; `spent`
    counts tokens, prompts included, over all runs of this ledger. `counts` is of this run: `completions`,
    `tokens` (of completions), each verdict's status, and `failed`, the completions that stay owed because
    their request failed for good.
    """

    run: str = ""
    put: Callable[[str, Sequence[tuple[Any, ...]]], Awaitable[None]] = drop
    log_dir: Path | None = None
    halt: Halt | None = None
    spent: int = 0
    counts: Counter[str] = field(default_factory=Counter)


class GroupStep(Step):  # type: ignore[misc]
    """A step that takes groups one by one.

    A subclass implements `on_group`. The local runner calls it directly, many groups at once; in a stock
    distilabel Pipeline `process` calls it for every row of a batch at once, and a row that fails becomes
    data (column `error`) rather than the end of its batch.

    Input columns:
        - id (`str`): the problem's id in its source.
        - prompt (`List[Dict[str, str]]`): chat messages.
        - reference (`str`): what a verifier needs, as JSON.
        - metadata (`str`): as JSON.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): completions with their verdicts.
        - generations (`List[str]`): the texts of the candidates, by distilabel's name.
        - error (`str`): why this group could not be finished, or an empty string.
    """

    _context: Context = PrivateAttr(default_factory=Context)
    _runner: asyncio.Runner | None = PrivateAttr(default=None)

    @property
    def inputs(self) -> list[str]:
        return list(COLUMNS)

    @property
    def outputs(self) -> list[str]:
        return ["candidates", "generations", "error"]

    @abstractmethod
    async def on_group(self, group: Group) -> Group:
        """Take one group one step further."""

    async def open(self, context: Context) -> None:
        """Be ready for groups; called once, before the first."""
        self._context = context

    async def close(self) -> None:
        """Let go of what `open` took; called once, whatever happened."""

    def load(self) -> None:
        """Called by distilabel before the first batch: the step gets an event loop of its own."""
        super().load()
        self._runner = asyncio.Runner()
        self._runner.run(self.open(Context()))

    def unload(self) -> None:
        """Called by distilabel after the last batch."""
        if self._runner is not None:
            self._runner.run(self.close())
            self._runner.close()
            self._runner = None
        super().unload()

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        """One batch of rows: all of its groups at once, one yield, nothing lost when one fails."""
        if self._runner is None:
            self.load()
        assert self._runner is not None  # load has just made it
        yield self._runner.run(self._batch(inputs))

    async def _batch(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return list(await asyncio.gather(*(self._row(row) for row in rows)))

    async def _row(self, row: dict[str, Any]) -> dict[str, Any]:
        try:
            group = await self.on_group(group_of(row))
        except Exception as failure:  # noqa: BLE001 - distilabel would turn the whole batch into None
            return {**row, **row_of(group_of(row)), "error": f"{type(failure).__name__}: {failure}"}
        return {**row, **row_of(group), "error": row.get("error") or ""}
