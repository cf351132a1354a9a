"""`winnow tune`: the table of a compute-optimal search, fitted on problems whose answers are known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from winnow.pipelines.cli.options import RecipeArgument, RunsDirOption, SetOption
from winnow.steps.errors import UsageError

ChooseOption = Annotated[
    str,
    typer.Option(
        "--choose",
        help="How the answer is chosen that must be right: best (by reward), weighted, majority, or any.",
    ),
]
SlackOption = Annotated[
    float,
    typer.Option("--slack", min=0.0, max=1.0, help="So much less often right, a cheaper search will do."),
]


def tune(
    recipe: RecipeArgument,
    choose: ChooseOption = "best",
    slack: SlackOption = 0.01,
    set_: SetOption = None,
    runs_dir: RunsDirOption = "runs",
) -> None:
    """Try each strategy of `compute_optimal` on labelled problems, and fit its table.

    The problems are those of the recipe's source; what is sampled is in the run `<name>-tune`.
    """
    from winnow.pipelines.quiet import quiet_libraries
    from winnow.pipelines.recipe import load_recipe

    loaded = load_recipe(recipe, set_ or [])
    quiet_libraries()
    from winnow.pipelines.tune import tune_recipe
    from winnow.steps.sample.search.tuning import CHOOSE

    way = next((one for one in CHOOSE if one == choose), None)
    if way is None:
        raise UsageError(f"--choose {choose}: expected one of {', '.join(CHOOSE)}")
    raise typer.Exit(tune_recipe(loaded, Path(runs_dir), way, slack))
