"""`winnow estimate`: what a recipe will take and bring, told from a handful of its problems."""

from __future__ import annotations

from typing import Annotated

import typer

from winnow.pipelines.cli.options import RecipeArgument, RunsDirOption, SetOption

ProblemsOption = Annotated[int, typer.Option("--problems", min=2, help="How many are asked to their end.")]


def estimate(
    recipe: RecipeArgument,
    problems: ProblemsOption = 32,
    set_: SetOption = None,
    runs_dir: RunsDirOption = "runs",
) -> None:
    """Sample a handful of problems, and tell what all will take: tokens, cost, time and rows.

    What is sampled is in the run's ledger: `winnow run` goes on from there.
    """
    from winnow.pipelines.quiet import quiet_libraries
    from winnow.pipelines.recipe import load_recipe

    loaded = load_recipe(recipe, set_ or [])
    quiet_libraries()
    from winnow.pipelines.estimate import estimate_recipe

    raise typer.Exit(estimate_recipe(loaded, runs_dir, problems))
