"""Tuning: every strategy of `compute_optimal` on labelled problems, and the table that they call for.

The strategies of a problem grow one tree, in a run of its own (`<name>-tune`), which is resumed as any. What
each would have found alone is then read from the ledger, since a search hangs on nothing but its answers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rich.table import Table
from rich.text import Text

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.local import LocalRunner, scorers_of
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.run import run_id, sample
from winnow.pipelines.selfcheck import check_golds
from winnow.pipelines.terminal import err, out
from winnow.steps.errors import Exit, MissingError, UsageError
from winnow.steps.files import replace_file
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.nodes import trees
from winnow.steps.ledger.resume import histories, spent
from winnow.steps.ledger.schema import Sampling
from winnow.steps.records import Problem, Tree
from winnow.steps.sample.search.optimal_config import ComputeOptimalConfig
from winnow.steps.sample.search.replay import Replay, Unfinished
from winnow.steps.sample.search.searcher import seed_of
from winnow.steps.sample.search.stepwise import Stepwise
from winnow.steps.sample.search.tuning import Choose, Line, Tried, beyond, fitted, try_each
from winnow.steps.source.survey import survey
from winnow.steps.stage import Context, Halt
from winnow.verifiers import Status, load

_AT_ONCE = 64  # problems whose trees are in memory


@dataclass(frozen=True, slots=True)
class Trial:
    """A recipe of which every strategy is tried, and its folder."""

    recipe: Recipe
    config: ComputeOptimalConfig
    folder: RunFolder

    @classmethod
    def of(cls, recipe: Recipe, runs: Path) -> Trial:
        """Raises UsageError where the recipe has no strategies to choose from."""
        config = recipe.sample.search
        if not isinstance(config, ComputeOptimalConfig) or recipe.score is None:
            found = "no `search`" if config is None else f"`search: {{type: {getattr(config, 'type', '')}}}`"
            raise UsageError(
                f"`winnow tune` fits the table of `sample: {{search: {{type: compute_optimal}}}}`, and "
                f"{recipe.name} has {found}"
            )
        asked = recipe.sample.model_copy(update={"search": config.trial()})
        name = f"{recipe.name}-tune"
        told = {"name": name, "sample": asked, "steps": [], "label": None}
        return cls(recipe.model_copy(update=told), config, RunFolder(runs / name))


def tune_recipe(recipe: Recipe, runs: Path, choose: Choose, slack: float) -> Exit:
    """Try every strategy on every problem of the source, and fit the table.

    Nothing is asked twice, and the same answers give the same table. It goes into the file that the recipe
    names as `path`, or is shown where the recipe holds one.

    Raises:
        WinnowError: as `run_recipe` does; or the problems have no answers that are known.
    """
    trial = Trial.of(recipe, runs)
    folder, total = trial.folder, survey(recipe.source).count
    folder.make()
    with folder.held() as hold:
        folder.examine(trial.recipe)
        check_golds(trial.recipe)
        ledger = Ledger(folder.ledger)
        context = Context(run=run_id(), log_dir=folder.logs, spent=spent(ledger))
        count = len(trial.config.strategies)
        err.print(f"winnow tune {recipe.name}: {count} strategies in {folder.path}")
        told: list[Sampling] = []

        def claim(sampling: Sampling) -> None:
            told.append(sampling)
            folder.claim(trial.recipe, sampling.named)

        progress = Progress(context, total, name=trial.recipe.name, logs=folder.logs)
        before = (folder.read_manifest() or {}).get("sampling")
        with progress.shown():
            sample(LocalRunner(trial.recipe, ledger, context, progress, claim, before=before), hold)
        if context.halt is Halt.INTERRUPTED:
            err.print("interrupted: what was tried so far is in the ledger, and the same command goes on")
            return Exit.INTERRUPTED
        tried, lacking = _tried(trial, ledger, told[-1], choose)
    lines = fitted(tried, slack)
    _show(trial.config, tried, lines)
    right, tokens = beyond(tried, slack)
    out.print(
        f"on problems that it was not fitted on, a table as this one: {right:.3f} right, {tokens:,.0f} tokens"
    )
    write_table(trial.config, lines, recipe.name, choose)
    if lacking:
        err.print(f"{lacking:,} problems are left out, whose trial is not finished: the same command goes on")
    if context.halt is Halt.BUDGET:
        return Exit.BUDGET
    return Exit.TARGET_MISSED if lacking else Exit.DONE


def _tried(trial: Trial, ledger: Ledger, sampling: Sampling, choose: Choose) -> tuple[list[Tried], int]:
    """What became of each problem, and of how many it is not known."""
    recipe, found, lacking, decided = trial.recipe, list[Tried](), 0, False
    verifier, scorers = load(recipe.verify).fingerprint, scorers_of(recipe)
    for ids in _chunks(recipe):
        grown = trees(ledger, ids, sampling, scorers)
        past = histories(ledger, ids, sampling, verifier, scorers)
        for one in ids:
            candidates = past.get(one, [])
            decided = decided or any(
                each.verdict and each.verdict.status in (Status.PASS, Status.FAIL) for each in candidates
            )
            texts = {each.text: each for each in reversed(candidates)}
            scoring = recipe.score.scoring if recipe.score else None
            try:
                if scoring is None:
                    raise Unfinished
                known = Replay(one, trial.config, scoring, grown.get(one, Tree()), texts).known
                found.append(try_each(known, trial.config, seed_of(recipe.sample, one), choose))
            except Unfinished:
                lacking += 1
    if not decided:
        raise UsageError(
            f"no answer to a problem of {recipe.source.type} was told right or wrong by "
            f"`verify: {{type: {recipe.verify.get('type')}}}`: tuning takes problems whose answers are known"
        )
    if not found:
        raise MissingError(f"no trial of the {lacking:,} problems is finished: see {trial.folder.logs}")
    return found, lacking


def _chunks(recipe: Recipe) -> Iterator[list[str]]:
    """The ids of the source's problems, each once."""
    ids = list(dict.fromkeys(row.id for row in recipe.source.rows() if isinstance(row, Problem)))
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]


def _show(config: ComputeOptimalConfig, tried: Sequence[Tried], lines: Sequence[Line]) -> None:
    """Each bin with each strategy: share of right answers and tokens; what is chosen is marked."""
    table = Table("first answers", "problems", *map(name_of, config.strategies), "table")
    for column in table.columns[1:]:
        column.justify = "right"
    low = None
    for line in lines:
        cells = [
            Text(
                _cell(right, tokens) + (" *" if at == line.chosen else ""),
                "bold" if at == line.chosen else "",
            )
            for at, (right, tokens) in enumerate(zip(line.right, line.tokens, strict=True))
        ]
        chosen = _cell(line.right[line.chosen], line.tokens[line.chosen])
        table.add_row(_range(low, line.below), f"{line.problems:,}", *cells, chosen)
        low = line.below
    means = [_cell(*_mean(lines, [at] * len(lines))) for at in range(len(config.strategies))]
    table.add_section()
    table.add_row("all", f"{len(tried):,}", *means, _cell(*_mean(lines, [line.chosen for line in lines])))
    out.print(table)
    out.print("share of problems that end right, and tokens a problem with those of the first answers")


def _mean(lines: Sequence[Line], strategies: Sequence[int]) -> tuple[float, float]:
    """Share of right answers and tokens over all bins, with one strategy in each."""
    total = sum(line.problems for line in lines)
    pairs = list(zip(lines, strategies, strict=True))
    right = sum(line.right[at] * line.problems for line, at in pairs) / total
    return right, sum(line.tokens[at] * line.problems for line, at in pairs) / total


def name_of(strategy: Stepwise) -> str:
    """A strategy in a word or two, as the recipe says it.

    >>> from winnow.steps.sample.search.stepwise import BeamConfig
    >>> name_of(BeamConfig(type="beam", n=16, width=4))
    'beam n=16 width=4'
    """
    said = strategy.model_dump(mode="json", exclude_unset=True)
    return " ".join([str(said.pop("type")), *(f"{key}={value}" for key, value in said.items())])


def _cell(right: float, tokens: float) -> str:
    return f"{right:.3f} {tokens:,.0f}"


def _range(low: float | None, below: float | None) -> str:
    if low is None:
        return "any" if below is None else f"below {below:g}"
    return f"from {low:g}" if below is None else f"{low:g} to {below:g}"


def write_table(config: ComputeOptimalConfig, lines: Sequence[Line], name: str, choose: Choose) -> None:
    """The table into the file that the configuration names, or where it names none on the screen.

    Raises:
        MissingError: the file cannot be written.
    """
    said = [
        f"# winnow tune {name}: difficulty by {config.by} of {config.probe} answers, choosing {choose}.\n",
        *(_told(line, config) for line in lines),
    ]
    if config.path is None:
        out.print("as `sample.search.table`:")
        out.print(Text("".join(said).rstrip()), soft_wrap=True)
        return
    path = Path(config.path)
    try:
        replace_file(path, "".join(said))
    except OSError as broken:
        raise MissingError(f"the table {path} cannot be written: {broken.strerror}") from None
    out.print(f"written to {path}", soft_wrap=True)


def _told(line: Line, config: ComputeOptimalConfig) -> str:
    """A line of the file, and why it is so."""
    told = line.bin(config).model_dump(mode="json", exclude_unset=True, exclude_none=True)
    figures = f"{line.right[line.chosen]:.3f} right, {line.tokens[line.chosen]:.0f} tokens"
    said = yaml.safe_dump(told, default_flow_style=True, sort_keys=False, width=sys.maxsize).rstrip()
    return f"- {said}  # {line.problems} problems: {figures}\n"
