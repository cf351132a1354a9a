"""The beginning of a run: the folder is taken before anything dear is loaded or read, and nothing is begun
where nothing is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.terminal import err
from winnow.steps.errors import Exit
from winnow.steps.storage.url import is_url

if TYPE_CHECKING:
    from winnow.pipelines.live.heart import View


def run_recipe(recipe: Recipe, runs: str | Path, views: Sequence[View] = ()) -> Exit:
    """Run a recipe in `<runs>/<name>`; going on where an earlier run of it stopped. `views` are shown
    progress beside whoever stands behind stderr.

    Raises:
        WinnowError: the source is bad, the folder is held, the engine is gone, the disk is full, ...
    """
    fresh = not is_url(runs) and not Path(runs).exists()
    folder = RunFolder.below(runs, recipe.name)
    try:
        folder.make()
        with folder.held() as hold:
            from winnow.pipelines.settled import settled

            if (ended := settled(recipe, folder)) is not None:
                err.print(f"winnow run {recipe.name}: nothing to do in {folder.named}", soft_wrap=True)
                if ended.why:
                    err.print(ended.why, soft_wrap=True)
                return ended.code
            from winnow.pipelines.run import run_held

            return run_held(recipe, folder, hold, views)
    finally:
        if fresh:
            with suppress(OSError):  # where anything lies in it, it stays
                Path(runs).rmdir()
