"""Somebody else's distilabel Step as a stage."""

from __future__ import annotations

import asyncio
import importlib
import sys
from typing import TYPE_CHECKING, Any

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.flights import At
from winnow.steps.foreign.config import ForeignConfig
from winnow.steps.ledger.schema import event_row
from winnow.steps.records import Group
from winnow.steps.rows import row_of
from winnow.steps.stage import Context

if TYPE_CHECKING:
    from distilabel.steps import Step


def make_step(config: ForeignConfig) -> Step:
    """The step that the recipe names.

    Raises:
        MissingError: its module is not installed, or has no such class.
        UsageError: it is no distilabel step that takes rows, or refuses its parameters.
    """
    hook = sys.excepthook
    from distilabel.steps import GlobalStep, Step

    sys.excepthook = hook  # distilabel's shows every local variable of a crash, and keys may be among them
    module, _, name = config.step.partition(":")
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError as missing:
        raise MissingError(f"steps: {config.step}: {missing}: install the package that has it") from None
    except Exception as broken:
        raise MissingError(f"steps: {config.step}: its module breaks on import: {_told(broken)}") from broken
    if found is None:
        raise MissingError(f"steps: {config.step}: module {module} has no {name}")
    if not (isinstance(found, type) and issubclass(found, Step)):
        raise UsageError(f"steps: {config.step} is no distilabel Step that takes rows")
    if issubclass(found, GlobalStep):
        raise UsageError(
            f"steps: {config.step} is a GlobalStep, which wants all rows at once; here rows come one by one: "
            "use a Step, or run it over the built dataset"
        )
    try:
        return found(**config.parameters)
    except ValueError as refused:
        raise UsageError(f"steps: {config.step} refuses its parameters: {refused}") from None


class Foreign:
    """The stage that runs a foreign step on each group, in a thread, one group at a time.

    What the step adds to the row is kept with the group and in the ledger (event `columns`). Where it
    raises, or does not give exactly one row for one, the group goes on as it was and the ledger says why.
    """

    def __init__(self, config: ForeignConfig) -> None:
        self.config = config
        self._context = Context()
        self._step: Any = None
        self._turn = asyncio.Lock()

    async def open(self, context: Context) -> None:
        """Import the step and load it.

        Raises:
            MissingError: it is not installed, or does not load.
            UsageError: it is none, or refuses its parameters.
        """
        self._context = context
        step: Any = make_step(self.config)
        try:
            await asyncio.to_thread(step.load)
        except Exception as broken:
            raise MissingError(f"steps: {self.config.step} does not load: {_told(broken)}") from broken
        self._step = step

    async def close(self) -> None:
        step, self._step = self._step, None
        try:
            if step is not None:
                await asyncio.to_thread(step.unload)
        except Exception as broken:  # noqa: BLE001 - all of its work is done
            told = {"step": self.config.step, "why": f"does not unload: {_told(broken)}"}
            await self._context.put("events", [event_row("step_failed", "", told, self._context.run)])

    async def on_group(self, group: Group) -> Group:
        if not group.complete:
            return group  # a later run brings it here again, with all of its candidates
        self._context.flights.move(group.problem.id, At.STEPS)
        given = row_of(group)
        try:
            async with self._turn:
                rows = await asyncio.to_thread(self._process, dict(given))
            if len(rows) != 1:
                raise ValueError(f"gave {len(rows)} rows for one")
        except Exception as failure:  # noqa: BLE001 - a foreign step's failure must not end the run
            told = {"step": self.config.step, "why": _told(failure)}
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


def _told(failure: Exception) -> str:
    return f"{type(failure).__name__}: {failure}"
