"""Somebody else's distilabel Step as a group step."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

from distilabel.steps import Step
from pydantic import PrivateAttr

from winnow.steps.base import Context, GroupStep
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.foreign.config import ForeignConfig
from winnow.steps.ledger.schema import event_row
from winnow.steps.records import Group
from winnow.steps.rows import row_of


def make_step(config: ForeignConfig) -> Step:
    """The step that the recipe names.

    Raises:
        MissingError: its module is not installed, or has no such class.
        UsageError: it is no distilabel step that takes rows, or refuses its parameters.
    """
    module, _, name = config.step.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ImportError as missing:
        raise MissingError(f"steps: {config.step}: {missing}: install the package that has it") from None
    except AttributeError:
        raise MissingError(f"steps: {config.step}: module {module} has no {name}") from None
    if not (isinstance(found, type) and issubclass(found, Step)):
        raise UsageError(f"steps: {config.step} is no distilabel Step that takes rows")
    try:
        return found(**config.parameters)
    except ValueError as refused:
        raise UsageError(f"steps: {config.step} refuses its parameters: {refused}") from None


class Foreign(GroupStep):
    """Run a foreign step on each group, in a thread, one group at a time.

    What it adds to the row is kept with the group and in the ledger (event `columns`). Where it raises,
    or does not give exactly one row for one, the group goes on as it was and the ledger says why.

    Attributes:
        config: the step's import path and parameters.

    Input columns:
        - candidates (`List[Dict[str, Any]]`): the judged candidates, besides what the step itself needs.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): unchanged; and what the step adds.

    Categories:
        - columns
    """

    config: ForeignConfig

    _step: Any = PrivateAttr(default=None)
    _turn: asyncio.Lock = PrivateAttr(default_factory=asyncio.Lock)

    async def open(self, context: Context) -> None:
        await super().open(context)
        self._step = make_step(self.config)
        await asyncio.to_thread(self._step.load)

    async def close(self) -> None:
        if self._step is not None:
            await asyncio.to_thread(self._step.unload)
            self._step = None

    async def on_group(self, group: Group) -> Group:
        if not group.complete:
            return group  # a later run brings it here again, with all of its candidates
        row = row_of(group)
        instruction = next((m["content"] for m in reversed(group.problem.prompt) if m["role"] == "user"), "")
        given = {"instruction": instruction, **row}
        try:
            async with self._turn:
                rows = await asyncio.to_thread(self._process, dict(given))
            if len(rows) != 1:
                raise ValueError(f"gave {len(rows)} rows for one")
        except Exception as failure:  # noqa: BLE001 - a foreign step's failure must not end the run
            told = {"step": self.config.step, "why": f"{type(failure).__name__}: {failure}"}
            await self._put("step_failed", group, told)
            return group
        added = {key: value for key, value in rows[0].items() if key not in given}
        group.columns.update(added)
        await self._put("columns", group, {"step": self.config.step, "columns": added})
        return group

    def _process(self, row: dict[str, Any]) -> list[dict[str, Any]]:
        return [out for batch in self._step.process_applying_mappings([row]) for out in batch]

    async def _put(self, kind: str, group: Group, data: dict[str, Any]) -> None:
        await self._context.put("events", [event_row(kind, group.problem.id, data, self._context.run)])
