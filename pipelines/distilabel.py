"""A recipe as a stock distilabel Pipeline: the same steps, without ledger and resume."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from distilabel.pipeline import Pipeline
from distilabel.steps import GeneratorStep, Step

from winnow.pipelines.recipe import Recipe
from winnow.steps.errors import UsageError
from winnow.steps.foreign.stage import make_step
from winnow.steps.records import Problem
from winnow.steps.rows import COLUMNS, problem_columns
from winnow.steps.sample.step import Sample
from winnow.steps.score.step import ScoreRewards
from winnow.steps.verify.step import Verify

_BATCH = 500  # its cache is rewritten after every batch, so small ones are slow


class Problems(GeneratorStep):  # type: ignore[misc]
    """The problems of a recipe's source; bad rows are left out.

    Attributes:
        recipe: the recipe as plain data.

    Output columns:
        - id (`str`): the problem's id in its source.
        - prompt (`List[Dict[str, str]]`): chat messages.
        - instruction (`str`): the last thing the user says in it.
        - reference (`str`): what a verifier needs, as JSON.
        - metadata (`str`): as JSON.

    Categories:
        - load
    """

    recipe: dict[str, Any]

    @property
    def outputs(self) -> list[str]:
        return list(COLUMNS)

    def process(self, offset: int = 0) -> Iterator[tuple[list[dict[str, Any]], bool]]:
        rows = Recipe.model_validate(self.recipe).source.rows()
        problems = [problem_columns(row) for row in rows if isinstance(row, Problem)][offset:]
        for start in range(0, len(problems), self.batch_size):
            yield problems[start : start + self.batch_size], start + self.batch_size >= len(problems)


def _steps(recipe: Recipe) -> Iterator[Step]:
    """The recipe's own steps, and those of others as they are."""
    if recipe.sample.search is not None:
        raise UsageError("a search keeps its steps in a ledger, which a stock Pipeline has not: `winnow run`")
    until = recipe.sample.until is not None
    yield Sample(name="sample", config=recipe.sample, verifier=recipe.verify if until else None)
    if not until:
        yield Verify(name="verify", verifier=recipe.verify)
    if recipe.score:
        yield ScoreRewards(name="score", config=recipe.score)
    yield from map(make_step, recipe.steps)


def pipeline_of(recipe: Recipe) -> Pipeline:
    """A Pipeline of the recipe's source, sampler, verifier, scorer and foreign steps, ready to `run()`.

    Raises:
        UsageError: the recipe says `label`, whose rollouts need a ledger.
    """
    if recipe.label is not None:
        raise UsageError("`label` needs the ledger of `winnow run`: leave it out for a stock Pipeline")
    with Pipeline(name=recipe.name) as pipeline:
        last: Any = Problems(name="problems", recipe=recipe.told, batch_size=_BATCH)
        for step in _steps(recipe):
            step.input_batch_size = _BATCH
            last >> step
            last = step
    return pipeline
