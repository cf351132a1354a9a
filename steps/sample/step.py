"""Sample: ask the engine for what a group is owed, judge it, and ask again until enough is known."""

from __future__ import annotations

from typing import Any

from pydantic import PrivateAttr

from winnow.steps.base import Context, GroupStep
from winnow.steps.ledger.schema import Sampling
from winnow.steps.records import Group
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.sampler import Sampler
from winnow.steps.verify import Judge


class Sample(GroupStep):
    """Sample candidates for each problem: a fixed number, or until enough have passed and failed.

    Whatever the group already has, by index, is not asked for again. Every reply goes into the ledger as
    soon as it is there, before it is judged.

    Attributes:
        config: the `sample` part of a recipe.
        verifier: the spec of the verifier, needed where `config` says `until`.

    Input columns:
        - prompt (`List[Dict[str, str]]`): chat messages.
        - reference (`str`): what the verifier needs, as JSON.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): completions, with verdicts where a verifier is given.
        - generations (`List[str]`): their texts.

    Categories:
        - text-generation
    """

    config: SampleConfig
    verifier: dict[str, Any] | None = None

    _sampler: Sampler | None = PrivateAttr(default=None)

    async def open(self, context: Context) -> None:
        await super().open(context)
        judge = Judge(self.verifier, context) if self.verifier is not None else None
        engine = self.config.engine.engine(context.log_dir)
        try:
            if judge is not None:
                await judge.start()
            await engine.start()
            self._sampler = Sampler(self.config, engine, judge, context)
        except BaseException:
            await engine.close()
            if judge is not None:
                await judge.close()
            raise

    async def close(self) -> None:
        if self._sampler is None:
            return
        await self._sampler.engine.close()
        if self._sampler.judge is not None:
            await self._sampler.judge.close()
        self._sampler = None

    async def on_group(self, group: Group) -> Group:
        await self.sampler.fill(group)
        return group

    @property
    def sampler(self) -> Sampler:
        """What does the work, between `open` and `close`."""
        if self._sampler is None:
            raise RuntimeError("Sample is not open: a runner calls open() before the first group")
        return self._sampler

    @property
    def sampling(self) -> Sampling:
        """What the completions of this run have in common."""
        return self.sampler.sampling

    @property
    def capacity(self) -> int:
        """How many completions the engine takes at once."""
        return self.sampler.engine.capacity
