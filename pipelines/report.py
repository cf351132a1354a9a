"""The report of runs: read from their folders, written as data, page and plots, and told in a table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import yaml
from rich.table import Table

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.terminal import out, printable
from winnow.steps.build.reading import Built, read_built
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.files import write_json
from winnow.steps.ledger import Ledger
from winnow.steps.report.agreement import Agreement
from winnow.steps.report.families import FAMILY, NONE
from winnow.steps.report.model import Point, Report, RunReport
from winnow.steps.report.page import GROUPS, Shown, write_page
from winnow.steps.report.plots import write_plots
from winnow.steps.report.report import Told, report_of
from winnow.steps.review.agreement import report_of as reviews_of
from winnow.verifiers import load

JSON = "report.json"
PLOTS = "plots"
_LONGEST = 80  # characters of a folder's name that is made of several runs'


def report_runs(runs: Sequence[Path], by: Sequence[str] = ()) -> Report:
    """The report of runs, by their folders.

    Raises:
        UsageError: a run has no recipe, or no problem of any has a column of `by`.
    """
    names = _names(runs)
    report = Report(runs=[_report(RunFolder(run), name, by) for run, name in zip(runs, names, strict=True)])
    for column in by:
        if column != FAMILY and not any(_says(run, column) for run in report.runs):
            raise UsageError(
                f"--by {column!r}: no problem says so in its metadata; the recipe's `source.metadata` names "
                "what is taken from its rows"
            )
    return report


def write_report(report: Report, runs: Sequence[Path], to: Path, groups: int | None = GROUPS) -> list[Path]:
    """Write `report.json`, `report.html` and `plots/` into a folder.

    Args:
        runs: the folders of the report's runs, in its order.
        groups: how many groups of each run the page shows; None: all of them.

    Returns:
        What was written, without the single plots.

    Raises:
        MissingError: it cannot be written.
    """
    try:
        to.mkdir(parents=True, exist_ok=True)
    except OSError as broken:
        raise MissingError(f"{to} cannot be made: {broken.strerror}. Name another with --out") from None
    write_json(to / JSON, report.model_dump(mode="json"))
    page = write_page(report, [_shown(RunFolder(run)) for run in runs], to, groups=groups)
    plots = [to / PLOTS] if write_plots(report, to / PLOTS) else []
    return [to / JSON, page, *plots]


def place_of(runs: Sequence[Path]) -> Path:
    """Where a report goes that nobody names a folder for: into its run, of several into `reports/`."""
    if len(runs) == 1:
        return runs[0] / "report"
    name = "-".join(run.resolve().name for run in runs)
    if len(name) > _LONGEST:  # two that begin alike are two
        digest = hashlib.sha256(name.encode()).hexdigest()[:8]
        name = f"{name[: _LONGEST - 9]}-{digest}"
    return Path("reports") / name


def show_report(report: Report, files: Sequence[Path]) -> None:
    """Print what matters most of each run, and where everything was written."""
    heads = ("run", "problems", "pass@1", "pass@n", "forecast", "backtest", "tokens/solved")
    table = Table(*heads, box=None, pad_edge=False)
    table.columns[0].overflow = "fold"
    for column in table.columns[1:]:
        column.justify, column.overflow = "right", "fold"
    for run in report.runs:
        table.add_row(*_row(run))
    out.print(table)
    for file in files:
        out.print(printable(str(file)), soft_wrap=True)


def _report(folder: RunFolder, name: str, by: Sequence[str]) -> RunReport:
    recipe = folder.read_recipe()
    manifest = {key: told for key, told in (folder.read_manifest() or {}).items() if key != "recipe"}
    verifier, ledger = load(recipe.verify), Ledger(folder.ledger)
    told = Told(
        name=name,
        verifier=verifier.name,
        version=verifier.version,
        fingerprint=verifier.fingerprint,
        fixed=recipe.sample.until is None,
        scoring=recipe.score.scoring if recipe.score else None,
        people=_people(ledger, verifier.fingerprint),
        built=_built(folder, verifier.fingerprint),
        by=by,
        recipe=_yaml(recipe),
        manifest=json.dumps(manifest, indent=2, ensure_ascii=False),
    )
    return report_of(ledger, told)


def _people(ledger: Ledger, verifier: str) -> Agreement | None:
    """How far people agree with the verdicts; None where none were asked."""
    if ledger.scan("reviews").head(1).collect().is_empty():
        return None
    return reviews_of(ledger, verifier).verifier


def _shown(folder: RunFolder) -> Shown:
    return Shown(Ledger(folder.ledger), load(folder.read_recipe().verify).fingerprint)


def _yaml(recipe: Recipe) -> str:
    return yaml.safe_dump(recipe.told, sort_keys=False, allow_unicode=True)


def _built(folder: RunFolder, verifier: str) -> Built | None:
    """The last build, if it was made by this verifier: another's rows are of other verdicts."""
    datasets = folder.path / "datasets"
    if not (datasets / "manifest.json").is_file():
        return None
    built = read_built(datasets, owner=folder.path)
    return built if (built.told.get("made_by") or {}).get("verifier") == verifier else None


def _names(runs: Sequence[Path]) -> list[str]:
    """The names of the runs' folders; of those that are called alike, their paths.

    Raises:
        UsageError: a run was named twice.
    """
    places = [run.resolve() for run in runs]
    if twice := next((run for at, run in enumerate(runs) if places[at] in places[:at]), None):
        raise UsageError(f"{twice} was named twice: name each run once")
    short = [place.name for place in places]
    return [name if short.count(name) == 1 else str(run) for name, run in zip(short, runs, strict=True)]


def _says(run: RunReport, column: str) -> bool:
    return any(family.value != NONE for family in run.families[column][:-1])


def _row(run: RunReport) -> list[str]:
    curves, law = run.curves, run.curves.law
    solved = curves.solved_by_k[-1] if curves.solved_by_k else None
    error = law.backtest_error if law else None
    return [
        printable(run.name, 60),
        f"{run.counts.problems:,}",
        _share(curves.pass_at_k[0].value if curves.pass_at_k else None),
        _at(solved),
        _at(law.forecast[-1] if law and error is not None else None),
        "-" if error is None else f"± {error:.3f}",
        "-" if run.counts.tokens_per_solved is None else f"{run.counts.tokens_per_solved:,.0f}",
    ]


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _at(point: Point | None) -> str:
    return "-" if point is None else f"{_share(point.value)} @{point.k:,}"
