"""What a run asks of its verifier before it spends anything, and once more when all is judged."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice

from winnow.pipelines.recipe import Recipe
from winnow.pipelines.terminal import err, printable
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import Row, event_row
from winnow.steps.records import Problem
from winnow.steps.report.audit import GOLDS
from winnow.steps.verify.again import judge_again, sample_of
from winnow.steps.verify.probes import golds
from winnow.steps.verify.trial import Bench, Trial
from winnow.verifiers import Status, VerifierPool, load

FLAKY = "flaky_verifier"
"""The kind of event that names one."""
_REPEATS = 2
_TWICE = 4  # completions judged twice, for each problem that the self-check looks at
_DEADLINE = 5.0  # seconds


def check_golds(recipe: Recipe) -> dict[str, int] | None:
    """See that the golden answers of the first problems pass: a verifier that fails them judges at random.

    Returns:
        How many there were (`golds`), and how many of them `passed`; the others broke the verifier. None
        where there is none.

    Raises:
        UsageError: one does not pass; tells which, and how to go on all the same.
        MissingError: the verifier does not start, or the source is gone.
    """
    problems = (row for row in recipe.source.rows() if isinstance(row, Problem))
    first = [(f"problem {one.source_id}", one.reference) for one in islice(problems, recipe.self_check)]
    trials = list(golds(load(recipe.verify), first))
    if not trials:
        return None
    asyncio.run(_try(trials))
    failed = [one for one in trials if _ever(one, Status.FAIL)]
    broken = [one for one in trials if one.verdict.status is Status.ERROR]
    if failed or len({one.where for one in broken}) == len(first):
        raise UsageError(_told(failed or broken, len(trials)))
    for one in broken:
        err.print(f"{printable(one.where)}: {printable(one.verdict.reason)}", soft_wrap=True)
    return {"golds": len(trials), "passed": len(trials) - len(broken)}


def keep_golds(recipe: Recipe, ledger: Ledger, run: str, told: dict[str, int] | None) -> None:
    """Keep what `check_golds` found, for reports.

    Raises:
        MissingError: the ledger cannot be written.
    """
    if told:
        ledger.commit({"events": [event_row(GOLDS, load(recipe.verify).fingerprint, told, run)]})


def check_flips(recipe: Recipe, ledger: Ledger, run: str) -> None:
    """Judge some completions once more; where a verdict flips, the ledger keeps both and names the verifier.

    Raises:
        MissingError: the verifier does not start, or the ledger cannot be written.
    """
    rows = asyncio.run(_judge_twice(recipe, ledger, run))
    if rows:
        told = {"flips": len(rows), "of": recipe.self_check * _TWICE}
        ledger.commit({"verdicts": rows, "events": [event_row(FLAKY, recipe.verify["type"], told, run)]})


async def _try(trials: list[Trial]) -> None:
    async with Bench(_DEADLINE) as bench:
        async for _ in bench.run(trials, _REPEATS):
            pass


async def _judge_twice(recipe: Recipe, ledger: Ledger, run: str) -> list[Row]:
    pool = VerifierPool(recipe.verify, deadline=_DEADLINE, afresh=True)
    chosen = await asyncio.to_thread(sample_of, ledger, pool.verifier.fingerprint, recipe.self_check * _TWICE)
    rows: list[Row] = []
    if len(chosen):
        async for judged in judge_again(ledger, pool, chosen):
            rows += [row for one in judged if one.flipped and (row := one.row(pool, run))]
    return rows


def _ever(trial: Trial, status: Status) -> bool:
    return any(verdict.status is status for verdict in trial.verdicts)


def _told(wrong: Sequence[Trial], of: int) -> str:
    first = wrong[0]
    verdict = next(one for one in first.verdicts if one.status is not Status.PASS)
    flaky = " It is flaky: asked again, it passes." if _ever(first, Status.PASS) else ""
    return (
        f"{first.where}: the verifier {first.verifier.name!r} does not pass what must pass: "
        f"{first.completion!r} is {verdict.status.value}: {verdict.reason}.{flaky} "
        f"So for {len(wrong)} of {of} golden answers: nothing was sampled. Mend `verify` or the source's "
        "reference, or set self_check: 0 to run all the same"
    )
