"""`winnow build`: datasets anew from a ledger; nothing is sampled."""

from __future__ import annotations

from typing import Annotated

import typer

from winnow.pipelines.cli.options import RunArgument, existing_run


def build(
    run: RunArgument,
    recipe: Annotated[
        str | None, typer.Option("--recipe", help="Build by this recipe's rules instead of the run's own.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="A build as it was, by its number or id, byte for byte."),
    ] = None,
) -> None:
    """Build the datasets of a run from its ledger."""
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.quiet import quiet_libraries
    from winnow.pipelines.recipe import load_recipe

    folder = RunFolder(existing_run(run))
    loaded = load_recipe(recipe) if recipe else folder.read_recipe()
    quiet_libraries()
    from winnow.pipelines.run import build_again, build_run, see_rewards, told_bounds
    from winnow.pipelines.summary import show_summary
    from winnow.pipelines.versions import Versions
    from winnow.pipelines.working import working
    from winnow.steps.build.ready import check_ready
    from winnow.steps.errors import UsageError

    if at is not None:
        if recipe:
            raise UsageError("--at builds by the recipe of then: leave --recipe out")
        with folder.held(), working("building the datasets"):
            loaded, built = build_again(Versions.of(folder).find(at), folder)
        show_summary(loaded, folder, built)
        raise typer.Exit(0)
    with folder.held():
        if recipe:
            folder.examine(loaded)
        check_ready(loaded.build)
        see_rewards(loaded, folder)
        with working("building the datasets"):
            built = build_run(loaded, folder, claim=recipe is not None)
        show_summary(loaded, folder, built)
    raise typer.Exit(told_bounds(built))
