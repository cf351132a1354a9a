"""`winnow run`: sample, judge and build what the recipe asks for."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.pipelines.cli.options import RecipeArgument, RunsDirOption, SetOption
from winnow.pipelines.quiet import quiet_libraries

if TYPE_CHECKING:
    from winnow.pipelines.live.heart import View


class LogFormat(StrEnum):
    """What is on stderr."""

    TEXT = "text"
    JSON = "json"


LogFormatOption = Annotated[
    LogFormat, typer.Option("--log-format", help="Of stderr: text, or a JSON object a line.")
]
MetricsOption = Annotated[
    str | None,
    typer.Option("--metrics", metavar="PORT|FILE", help="Prometheus metrics, on 127.0.0.1 or in a file."),
]

DeadlineOption = Annotated[
    str | None,
    typer.Option("--deadline", metavar="SPAN|TIME", help="Be over by then: 2h, 1h30m, or 07:30."),
]
CheckOption = Annotated[
    bool, typer.Option("--check", help="Tell what would be done, and do nothing; 5 where that is something.")
]


RayOption = Annotated[
    str | None,
    typer.Option("--ray", metavar="auto|ADDRESS", help="Run on the workers of a Ray cluster."),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="With --ray: how many; by default as many as there is room for."),
]


def run(
    recipe: RecipeArgument,
    set_: SetOption = None,
    runs_dir: RunsDirOption = "runs",
    log_format: LogFormatOption = LogFormat.TEXT,
    metrics: MetricsOption = None,
    check: CheckOption = False,
    deadline: DeadlineOption = None,
    ray: RayOption = None,
    workers: WorkersOption = None,
) -> None:
    """Run a recipe, going on where an earlier run of it stopped.

    Exit codes: 0 done; 1 a target was missed; 2 wrong usage or recipe; 3 something needed is missing;
    4 budget spent; 5 with --check, something is to be done; 70 a bug of ours; 75 another run holds the
    folder; 124 the deadline came first; 130 interrupted.
    """
    if check:
        from winnow.pipelines.recipe import load_recipe

        loaded = load_recipe(recipe, set_ or [])
        quiet_libraries()
        from winnow.pipelines.outlook import check_recipe

        raise typer.Exit(check_recipe(loaded, runs_dir))
    from winnow.pipelines.begin import run_file

    def views() -> list[View]:
        quiet_libraries()
        if metrics is None:
            return []
        from winnow.pipelines.live.prometheus import metrics_view

        return [metrics_view(metrics)]

    if log_format is LogFormat.JSON:
        from winnow.pipelines.terminal import err

        err.as_json = True
    until = None
    if deadline is not None:
        from winnow.pipelines.deadline import deadline_of

        until = deadline_of(deadline)
    made_by = None
    if ray is not None:
        from winnow.pipelines.ray.start import on_ray

        made_by = partial(on_ray, address=ray, workers=workers)
    raise typer.Exit(run_file(recipe, set_ or [], runs_dir, views, until, made_by))
