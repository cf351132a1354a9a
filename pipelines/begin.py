"""The beginning of a run: the folder is taken before anything dear is loaded or read, and nothing is begun
where nothing is to be done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from winnow.pipelines.document import NAME, read_document
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.hold import Hold
from winnow.steps.errors import Exit, WinnowError
from winnow.steps.storage.url import is_url

if TYPE_CHECKING:
    from winnow.pipelines.deadline import Deadline
    from winnow.pipelines.live.heart import View
    from winnow.pipelines.local import LocalRunner
    from winnow.pipelines.recipe import Recipe


def run_file(
    path: str,
    sets: Sequence[str],
    runs: str | Path,
    views: Callable[[], Sequence[View]],
    deadline: Deadline | None = None,
    made_by: Callable[[Recipe], Callable[..., LocalRunner]] | None = None,
) -> Exit:
    """Run the recipe at `path` as `run_recipe` does; by a runner of another kind, where it is `made_by` one.
    Of a recipe whose folder is held, only the name is read.

    Raises:
        WinnowError: as there, or it is no recipe.
    """
    document = read_document(Path(path), sets)
    name = document.data.get("name")
    if not isinstance(name, str) or not re.match(NAME, name):
        from winnow.pipelines.recipe import recipe_of

        return run_recipe(recipe_of(document), runs)  # which says what is wrong
    with taken(name, runs) as (folder, hold):
        from winnow.pipelines.recipe import recipe_of

        return _begin(recipe_of(document), folder, hold, views(), deadline, made_by)


def run_recipe(
    recipe: Recipe, runs: str | Path, views: Sequence[View] = (), deadline: Deadline | None = None
) -> Exit:
    """Run a recipe in `<runs>/<name>`; going on where an earlier run of it stopped. `views` are shown
    progress beside whoever stands behind stderr.

    Raises:
        WinnowError: the source is bad, the folder is held, the engine is gone, the disk is full, ...
    """
    with taken(recipe.name, runs) as (folder, hold):
        return _begin(recipe, folder, hold, views, deadline)


@contextmanager
def taken(name: str, runs: str | Path) -> Iterator[tuple[RunFolder, Hold]]:
    """A run's folder, made and held; where nothing is begun in it, nothing is left of it.

    Raises:
        LockedError: another run holds it.
        MissingError: it cannot be written.
    """
    fresh = not is_url(runs) and not Path(runs).exists()
    folder = RunFolder.below(runs, name)
    try:
        folder.make()
        with folder.held() as hold:
            yield folder, hold
    finally:
        if fresh:
            with suppress(OSError):  # where anything lies in it, it stays
                Path(runs).rmdir()


def _begin(
    recipe: Recipe,
    folder: RunFolder,
    hold: Hold,
    views: Sequence[View],
    deadline: Deadline | None = None,
    made_by: Callable[[Recipe], Callable[..., LocalRunner]] | None = None,
) -> Exit:
    from winnow.pipelines.settled import settled
    from winnow.pipelines.terminal import err

    if (ended := settled(recipe, folder)) is not None:
        err.print(f"winnow run {recipe.name}: nothing to do in {folder.named}", soft_wrap=True)
        if ended.why:
            err.print(ended.why, soft_wrap=True)
        return ended.code
    from winnow.pipelines.notify import tell

    try:
        runner = made_by(recipe) if made_by else None
        from winnow.pipelines.run import run_held

        code, why = run_held(recipe, folder, hold, views, deadline, runner)
    except WinnowError as broken:
        tell(recipe.notify, recipe.name, folder, broken.code, str(broken))
        raise
    except Exception as bug:
        tell(recipe.notify, recipe.name, folder, Exit.BUG, f"a bug of winnow: {type(bug).__name__}")
        raise
    tell(recipe.notify, recipe.name, folder, code, why)
    return code
