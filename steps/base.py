"""The base of winnow's distilabel steps: a stage, declared so that a stock Pipeline can run it."""

# no `from __future__ import annotations`: distilabel finds a step's input by its annotation, as an object
import asyncio
import json
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import Any

from distilabel.steps import Step, StepInput
from pydantic import PrivateAttr

from winnow.steps.rows import COLUMNS, group_of, row_of
from winnow.steps.stage import Context, Stage


class GroupStep(Step):  # type: ignore[misc]
    """A step that takes groups: rows in, rows out, and the stage that does the work in between.

    A subclass gives the `stage`. The local runner drives the same stage without this shell; in a stock
    Pipeline `process` drives it for every row of a batch at once, and a row that fails becomes data
    (column `error`) rather than the end of its batch.

    Input columns:
        - id (`str`): the problem's id in its source.
        - prompt (`List[Dict[str, str]]`): chat messages.
        - instruction (`str`): the last thing the user says in it.
        - reference (`str`): what a verifier needs, as JSON.
        - metadata (`str`): as JSON.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): completions with their verdicts.
        - generations (`List[str]`): the texts of the candidates, by distilabel's name.
        - error (`str`): why this group could not be finished, or an empty string.
    """

    _stage: Stage | None = PrivateAttr(default=None)
    _loop: asyncio.Runner | None = PrivateAttr(default=None)
    _failed: dict[str, str] = PrivateAttr(default_factory=dict)  # why, by problem

    @abstractmethod
    def stage(self) -> Stage:
        """The stage, not opened yet."""

    @property
    def inputs(self) -> list[str]:
        return list(COLUMNS)

    @property
    def outputs(self) -> list[str]:
        return ["candidates", "generations", "error"]

    def load(self) -> None:
        """Called by distilabel before the first batch: the stage gets an event loop of its own."""
        super().load()
        self._loop = asyncio.Runner()
        self._stage = self.stage()
        self._loop.run(self._stage.open(Context(put=self._put)))

    def unload(self) -> None:
        """Called by distilabel after the last batch."""
        if self._loop is not None and self._stage is not None:
            self._loop.run(self._stage.close())
            self._loop.close()
        self._loop = self._stage = None
        super().unload()

    def process(self, inputs: StepInput) -> Iterator[list[dict[str, Any]]]:
        """One batch of rows: all of its groups at once, one yield, nothing lost when one fails."""
        if self._loop is None or self._stage is None:
            raise RuntimeError(f"step {self.name!r} was not loaded: call load() before process()")
        yield self._loop.run(_batch(self._stage, inputs, self._failed))

    async def _put(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        """There is no ledger here; of what would be in it, the row tells why requests failed."""
        for _, kind, problem, data, *_ in rows if table == "events" else ():
            if kind == "request_failed":
                self._failed[problem] = json.loads(data)["why"]


async def _batch(stage: Stage, rows: list[dict[str, Any]], failed: dict[str, str]) -> list[dict[str, Any]]:
    done = list(await asyncio.gather(*(_row(stage, row, failed) for row in rows)))
    failed.clear()
    return done


async def _row(stage: Stage, row: dict[str, Any], failed: dict[str, str]) -> dict[str, Any]:
    try:
        group = await stage.on_group(group_of(row))
    except Exception as failure:  # noqa: BLE001 - distilabel would turn the whole batch into None
        kept = {name: row.get(name) or [] for name in ("candidates", "generations")}
        return {**row, **kept, "error": row.get("error") or f"{type(failure).__name__}: {failure}"}
    owed = "" if group.complete else failed.get(group.problem.id, "not all it is owed could be asked for")
    return {**row, **row_of(group), "error": row.get("error") or owed}
