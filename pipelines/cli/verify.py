"""`winnow verify`: a run's completions judged anew."""

from __future__ import annotations

from typing import Annotated

import typer

from winnow.pipelines.cli.options import RunArgument, existing_run


def verify(
    run: RunArgument,
    recipe: Annotated[
        str | None, typer.Option("--recipe", help="Judge by this recipe's verifier instead of the run's own.")
    ] = None,
) -> None:
    """Judge a run's ledger anew with today's verifier, and tell what changed.

    Nothing is sampled; the ledger keeps both verdicts, and the later one counts from then on.
    """
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.quiet import quiet_libraries
    from winnow.pipelines.recipe import load_recipe

    folder = RunFolder(existing_run(run))
    loaded = load_recipe(recipe) if recipe else folder.read_recipe()
    quiet_libraries()
    from winnow.pipelines.rejudge import show_changes, verify_run
    from winnow.pipelines.run import run_id

    with folder.held():
        if recipe:
            folder.examine(loaded)
            folder.claim(loaded)
        changes = verify_run(loaded, folder, run_id())
    show_changes(changes, loaded, folder)
