"""`winnow run`: sample, judge and build what the recipe asks for."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from winnow.pipelines.cli.options import RecipeArgument, RunsDirOption, SetOption


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
    ray: RayOption = None,
    workers: WorkersOption = None,
) -> None:
    """Run a recipe, going on where an earlier run of it stopped.

    Exit codes: 0 done; 1 a target was missed; 2 wrong usage or recipe; 3 something needed is missing;
    4 budget spent; 70 a bug of ours; 75 another run holds the folder; 130 interrupted.
    """
    from winnow.pipelines.quiet import quiet_libraries
    from winnow.pipelines.recipe import load_recipe
    from winnow.pipelines.terminal import err

    err.as_json = log_format is LogFormat.JSON
    loaded = load_recipe(recipe, set_ or [])
    quiet_libraries()
    from winnow.pipelines.live.prometheus import metrics_view
    from winnow.pipelines.run import run_recipe

    views = [metrics_view(metrics)] if metrics is not None else []
    if ray is None:
        raise typer.Exit(run_recipe(loaded, Path(runs_dir), views))
    from winnow.pipelines.ray.start import on_ray

    raise typer.Exit(run_recipe(loaded, Path(runs_dir), views, on_ray(loaded, ray, workers)))
