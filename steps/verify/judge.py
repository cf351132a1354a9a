"""Judging: a verdict for every candidate that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from winnow.steps.errors import MissingError
from winnow.steps.flights import At
from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import verdict_row
from winnow.steps.records import Candidate, Group, Problem
from winnow.steps.stage import Context
from winnow.verifiers import PoolError, Verdict, VerifierPool, load

TRUNCATED = Verdict.skipped("truncated: cut off before its end, so neither right nor wrong")


class Judge:
    """The stage that judges: a verifier in killable processes, whose verdicts go into the ledger."""

    def __init__(self, spec: Mapping[str, Any]) -> None:
        self.verifier = load(spec)
        self.fingerprint = self.verifier.fingerprint
        self._pool = VerifierPool(spec)
        self._context = Context()

    async def open(self, context: Context) -> None:
        """Start the processes.

        Raises:
            MissingError: they do not start.
        """
        self._context = context
        try:
            await self._pool.start(context.workers)
        except PoolError as broken:
            raise MissingError(f"the verifier {self.verifier.name!r} cannot be started: {broken}") from None

    async def close(self) -> None:
        await self._pool.close()

    async def on_group(self, group: Group) -> Group:
        """Give every candidate of the group that has no verdict one, and put it into the ledger.

        A truncated candidate is skipped: it was not finished, so it was not wrong.
        """
        self._context.flights.move(group.problem.id, At.VERIFIER)
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
        return group

    async def verdicts(self, problem: Problem, texts: Sequence[str]) -> list[Verdict]:
        """The verdicts on answers to a problem; they are the caller's to keep."""
        return await self._pool.judge([(problem.reference, text) for text in texts])

    async def _put(self, problem: str, candidates: list[Candidate]) -> None:
        at, run = now(), self._context.run
        rows = [
            verdict_row(problem, candidate.id, candidate.verdict, self.verifier, self.fingerprint, run, at)
            for candidate in candidates
            if candidate.verdict is not None
        ]
        await self._context.put("verdicts", rows)
