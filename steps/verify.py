"""Verify: a verdict for every candidate that has none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import PrivateAttr

from winnow.steps.base import Context, GroupStep
from winnow.steps.errors import MissingError
from winnow.steps.ledger.schema import now, verdict_row
from winnow.steps.records import Candidate, Group
from winnow.verifiers import PoolError, Verdict, VerifierPool, load

TRUNCATED = Verdict.skipped("truncated: cut off by max_tokens, so neither right nor wrong")


class Judge:
    """A verifier in killable processes, whose verdicts go into the ledger."""

    def __init__(self, spec: Mapping[str, Any], context: Context) -> None:
        self.verifier = load(spec)
        self.fingerprint = self.verifier.fingerprint
        self._pool = VerifierPool(spec)
        self._context = context

    async def start(self) -> None:
        try:
            await self._pool.start()
        except PoolError as broken:
            raise MissingError(f"the verifier {self.verifier.name!r} cannot be started: {broken}") from None

    async def close(self) -> None:
        await self._pool.close()

    async def judge(self, group: Group) -> None:
        """Give every candidate of the group that has no verdict one, and put it into the ledger.

        A truncated candidate is skipped: it was not finished, so it was not wrong.
        """
        owed = [candidate for candidate in group.candidates if candidate.verdict is None]
        whole = [candidate for candidate in owed if not candidate.truncated]
        reference = group.problem.reference
        verdicts = await self._pool.judge([(reference, candidate.text) for candidate in whole])
        for candidate, verdict in zip(whole, verdicts, strict=True):
            candidate.verdict = verdict
        for candidate in owed:
            candidate.verdict = candidate.verdict or TRUNCATED
            self._context.counts[candidate.verdict.status.value] += 1
        if owed:
            await self._put(group.problem.id, owed)

    async def _put(self, problem: str, candidates: list[Candidate]) -> None:
        at, run = now(), self._context.run
        rows = [
            verdict_row(problem, candidate.id, candidate.verdict, self.verifier, self.fingerprint, run, at)
            for candidate in candidates
            if candidate.verdict is not None
        ]
        await self._context.put("verdicts", rows)


class Verify(GroupStep):
    """Judge the candidates of each group with a ground-truth verifier.

    Attributes:
        verifier: the spec of a verifier, as in a recipe: `{"type": "number"}`.

    Input columns:
        - prompt (`List[Dict[str, str]]`): chat messages.
        - reference (`str`): what the verifier needs, as JSON.
        - candidates or generations: completions.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): with status, score, reason and extracted.

    Categories:
        - filtering
    """

    verifier: dict[str, Any]

    _judge: Judge | None = PrivateAttr(default=None)

    async def open(self, context: Context) -> None:
        await super().open(context)
        self._judge = Judge(self.verifier, context)
        await self._judge.start()

    async def close(self) -> None:
        if self._judge is not None:
            await self._judge.close()
            self._judge = None

    @property
    def judge(self) -> Judge:
        """The judge at work, for a sampler that asks until enough have passed."""
        if self._judge is None:
            raise RuntimeError("Verify is not open: a runner calls open() before the first group")
        return self._judge

    async def on_group(self, group: Group) -> Group:
        await self.judge.judge(group)
        return group
