"""The table at the end of a run."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.terminal import out, printable
from winnow.steps.build.datasets import Build
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.ledger.view import family_of
from winnow.steps.report.answers import unjudged
from winnow.steps.report.counts import FLIPS
from winnow.steps.report.coverage import Coverage, coverage_by_family
from winnow.steps.report.servers import Share, shares_of
from winnow.verifiers import load

_NEEDS = {
    "sft": "no problem has a completion that passed, and that its rules let through",
    "kto": "no completion was judged right or wrong, and let through by its rules",
    "grpo": "no problem's pass rate lies in its band",
    "stepwise": "no completion was judged right or wrong, and let through by its rules",
    "step_preference": "of no beginning a good and a bad next step are known",
    "candidates": "nothing was judged",
}
_NEEDS_PAIRS = (
    "no problem has both a completion that passed and one that failed, and that its rules let stand together"
)


def show_summary(recipe: Recipe, folder: RunFolder, build: Build) -> None:
    """Print coverage and kept rows by family, and where everything lies."""
    ledger, verifier = Ledger(folder.ledger), load(recipe.verify)
    lines = coverage_by_family(ledger, verifier.fingerprint)
    kept = {name: _rows_by_family(build, name) for name in build.datasets if build.rows(name)}
    if said := unjudged(ledger, verifier.fingerprint):
        out.print(
            f"{said.problems:,} problems, {said.answers:,} answers that nobody judged: "
            f"{said.share:.0%} of a problem's are the most frequent one",
            soft_wrap=True,
        )
    elif lines:
        out.print(_table(lines, kept))
    if shares := shares_of(ledger):
        out.print(_servers(shares))
    if ledger.height("judgements") and (paid := spent(ledger)).judge_tokens:
        cost = f" and {paid.judge_money:.4g} of {paid.money:.4g} of money" if paid.judge_money else ""
        out.print(f"judges took {paid.judge_tokens:,} of {paid.tokens:,} tokens{cost}", soft_wrap=True)
    for name in kept:
        told = _figures(build, name)
        out.print(f"{name}: {build.rows(name)} rows in {_shown(build.folder / name)}{told}", soft_wrap=True)
    for name in build.empty:
        out.print(f"{name}: no rows: {_NEEDS.get(name, _NEEDS_PAIRS)}")
    if build.dropped:
        told = ", ".join(f"{count:,} by {rule}" for rule, count in build.dropped.items())
        out.print(f"dropped: {told}; see {_shown(build.folder / 'dropped.parquet')}", soft_wrap=True)
    if flips := (folder.read_manifest() or {}).get("counts", {}).get(FLIPS):
        out.print(
            f"the verifier {verifier.name!r} is flaky: it changed its mind on {flips} completions, which are "
            "in no dataset. Declare nothing by it before `winnow audit` finds no flips",
            soft_wrap=True,
        )
    out.print(f"run: {_shown(folder.path)}", soft_wrap=True)


def _table(lines: list[Coverage], kept: dict[str, Counter[str]]) -> Table:
    most = max(line.n for line in lines)
    table = Table("family", "problems", "asked", "pass@1", f"pass@{most}", *kept)
    table.columns[0].no_wrap = True
    for column in table.columns[1:]:
        column.justify, column.overflow = "right", "fold"
    for line in lines:
        if line is lines[-1] and len(lines) > 1:
            table.add_section()
        rows = [str(counts.total() if line is lines[-1] else counts[line.family]) for counts in kept.values()]
        table.add_row(
            printable(line.family, 60),
            str(line.problems),
            str(line.completions),
            f"{line.pass_at_1:.2f}",
            f"{line.coverage:.2f}",
            *rows,
        )
    return table


def _servers(shares: list[Share]) -> Table:
    priced = any(share.cost is not None for share in shares)
    table = Table("server", "completions", "tokens", "tokens/s", *(["cost"] if priced else []))
    for column in table.columns[1:]:
        column.justify = "right"
    for share in shares:
        cost = [] if not priced else ["" if share.cost is None else f"{share.cost:,.4f}"]
        rate = "" if share.rate is None else f"{share.rate:,.0f}"
        told = (f"{share.completions:,}", f"{share.tokens:,}", rate)
        table.add_row(printable(share.server, 60), *told, *cost)
    return table


def _figures(build: Build, name: str) -> str:
    """How the rows are split, what length alone tells of pairs, and how easy problems crowd."""
    told = build.figures.get(name, {})
    parts = [f"{split} {build.rows(name, split):,}" for split in build.splits if len(build.splits) > 1]
    if (longer := told.get("longer_is_chosen")) is not None:
        parts.append(f"the longer side is chosen in {longer:.0%}")
    if (easiest := told.get("easiest_quarter")) is not None:
        parts.append(f"{easiest:.0%} from the easiest quarter of the problems")
    return f" ({'; '.join(parts)})" if parts else ""


def _rows_by_family(build: Build, name: str) -> Counter[str]:
    import polars as pl

    files = [build.folder / file for file in build.paths(name)]
    rows = pl.scan_parquet(files, glob=False).select(family_of()).collect()
    return Counter(rows["family"].to_list())


def _shown(path: Path) -> str:
    return printable(str(path))
