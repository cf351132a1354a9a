"""`winnow run`: sample, judge and build what the recipe asks for."""

from __future__ import annotations

from pathlib import Path

import typer

from winnow.pipelines.cli.options import RecipeArgument, RunsDirOption, SetOption


def run(recipe: RecipeArgument, set_: SetOption = None, runs_dir: RunsDirOption = "runs") -> None:
    """Run a recipe, going on where an earlier run of it stopped.

    Exit codes: 0 done; 1 a target was missed; 2 wrong usage or recipe; 3 something needed is missing;
    4 budget spent; 70 a bug of ours; 75 another run holds the folder; 130 interrupted.
    """
    from winnow.pipelines.quiet import quiet_libraries
    from winnow.pipelines.recipe import load_recipe

    loaded = load_recipe(recipe, set_ or [])
    quiet_libraries()
    from winnow.pipelines.run import run_recipe

    raise typer.Exit(run_recipe(loaded, Path(runs_dir)))
