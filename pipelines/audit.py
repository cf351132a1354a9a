"""The audit of a verifier: how often it is right, whether it stays the same, how long it takes."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain

from rich.table import Table

from winnow.pipelines.terminal import out, printable
from winnow.steps.errors import Exit, UsageError
from winnow.steps.report.agreement import Agreement
from winnow.steps.verify.labelled import Labelled
from winnow.steps.verify.probes import Reference, golds_and_mutants
from winnow.steps.verify.trial import GOLD, Bench, Trial
from winnow.verifiers import Status, Verdict, Verifier
from winnow.verifiers.registry import gold_key

_LABELLED = "labelled"
_AROUND = 60  # characters of a completion, on both sides of the answer
_STATUSES = tuple(Status)


@dataclass(slots=True)
class Findings:
    """What an audit found. Of trials, only the first few of each kind are kept."""

    show: int
    agreement: Agreement = field(default_factory=Agreement)
    kinds: dict[str, Counter[Status]] = field(default_factory=dict)
    flips: Counter[str] = field(default_factory=Counter)  # by verifier
    disagreements: int = 0
    shown: list[Trial] = field(default_factory=list)
    flipped: list[Trial] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def add(self, trial: Trial) -> None:
        status = trial.verdict.status
        self.agreement.add(trial.right, status)
        self.kinds.setdefault(trial.kind, Counter())[status] += 1
        self.seconds += trial.seconds
        if trial.flipped:
            self.flips[trial.verifier.name] += 1
            if len(self.flipped) < self.show:
                self.flipped.append(trial)
        if not trial.agrees:
            self.disagreements += 1
            if len(self.shown) < self.show:
                self.shown.append(trial)

    @property
    def count(self) -> int:
        return self.agreement.counts.total()


async def audit(trials: Iterable[Trial], *, repeats: int, deadline: float, show: int) -> Findings:
    """Try a verifier on all of these, each judged `repeats` times.

    Raises:
        MissingError: the verifier's workers do not start.
    """
    findings = Findings(show)
    async with Bench(deadline) as bench:
        judged: AsyncIterator[Trial] = bench.run(trials, repeats)
        async for trial in judged:
            findings.add(trial)
    return findings


def trials_of(verifier: Verifier, rows: Iterable[Labelled]) -> Iterator[Trial]:
    """Trials of labelled completions; of references alone, their golds and mutants.

    Raises:
        UsageError: there is nothing that could be tried.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        raise UsageError("nothing to audit: no rows")
    every = chain([first], rows)
    if first.completion is None:
        yield from probes_of(verifier, map(_unlabelled, every))
        return
    for row in every:
        if row.completion is None or row.right is None:
            raise UsageError(f"{row.where}: no completion and no label, but lines above have both")
        yield Trial(row.where, _LABELLED, row.right, verifier, row.reference, row.completion)


def _unlabelled(row: Labelled) -> Reference:
    if row.completion is not None:
        raise UsageError(f"{row.where}: a completion and a label, but lines above have none")
    return row.where, row.reference


def probes_of(verifier: Verifier, references: Iterable[Reference]) -> Iterator[Trial]:
    """Golds and mutants of references.

    Raises:
        UsageError: there are none.
    """
    none = True
    for trial in golds_and_mutants(verifier, references):
        none = False
        yield trial
    if none:
        raise UsageError(
            f"nothing to audit: {verifier.name!r} has no golden answers to try, and no reference has "
            f"{gold_key!r}, a completion that must pass. Give labelled completions with --input"
        )


def show_findings(findings: Findings) -> Exit:
    """Print everything; 1 where a verdict was not what it must be, or did not stay the same."""
    labelled = set(findings.kinds) == {_LABELLED}
    out.print(_confusion(findings.agreement) if labelled else _by_kind(findings))
    table = Table("", "", show_header=False, box=None, pad_edge=False)
    for name in ("precision", "recall", "accuracy"):
        table.add_row(name, str(getattr(findings.agreement, name)))
    table.add_row(
        "flips", ", ".join(f"{count} of {name}" for name, count in findings.flips.items()) or "none"
    )
    table.add_row("time a verdict", _told_times(findings.seconds))
    out.print(table)
    for trial in findings.shown:
        out.print(_told(trial), soft_wrap=True)
    if findings.disagreements > len(findings.shown):
        out.print(f"and {findings.disagreements - len(findings.shown)} more")
    for trial in findings.flipped:
        told = ", ".join(verdict.status.value for verdict in trial.verdicts)
        out.print(f"{trial.where}: {trial.verifier.name} is flaky: judged {told}", soft_wrap=True)
    return Exit.TARGET_MISSED if findings.disagreements or findings.flips else Exit.DONE


def _confusion(agreement: Agreement) -> Table:
    table = Table("label", *_STATUSES)
    for right, name in ((True, "right"), (False, "wrong")):
        table.add_row(name, *(str(agreement.count(right, status)) for status in _STATUSES))
    return _numbers(table)


def _by_kind(findings: Findings) -> Table:
    table = Table("probe", "must", *_STATUSES)
    for kind, counts in findings.kinds.items():
        must = "pass" if kind == GOLD else "fail"
        table.add_row(kind, must, *(str(counts[status]) for status in _STATUSES))
    return _numbers(table)


def _numbers(table: Table) -> Table:
    for column in table.columns[-len(_STATUSES) :]:
        column.justify = "right"
    return table


def _told_times(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return f"{1000 * seconds[0]:.2f} ms" if seconds else "-"
    cuts = statistics.quantiles(seconds, n=20, method="inclusive")
    return (
        f"{1000 * statistics.median(seconds):.2f} ms median, {1000 * cuts[-1]:.2f} ms for the slowest 5%, "
        f"{1000 * max(seconds):.1f} ms at most, the way to a worker and back included"
    )


def _told(trial: Trial) -> str:
    verdict = trial.verdict
    kind = "" if trial.kind == _LABELLED else f", {trial.kind}"
    must = "right" if trial.right else "wrong"
    said = f"{trial.verifier.name} says {verdict.status.value}" + (verdict.reason and f": {verdict.reason}")
    head = printable(f"{trial.where}{kind}: {must}, but {said}")
    return f"{head}\n    {printable(_context(trial.completion, verdict))}"


def _context(completion: str, verdict: Verdict) -> str:
    """The text around what was extracted, on one line; the end of the completion where that is not known."""
    found = (verdict.extracted or "").removesuffix("…")
    at = completion.rfind(found) if found else -1
    start, end = (at, at + len(found)) if at >= 0 else (len(completion), len(completion))
    first, last = max(0, start - _AROUND), end + _AROUND
    told = completion[first:start] + (f"[{completion[start:end]}]" if found and at >= 0 else "")
    text = " ".join((told + completion[end:last]).split())
    return f"{'…' if first else ''}{text}{'…' if last < len(completion) else ''}" or "(blank)"
