"""`winnow review`: what people say of a run's datasets, in Argilla."""

from __future__ import annotations

import typer

from winnow.pipelines.cli.serve import serve

review = typer.Typer(
    name="review", help="Have people review a run's datasets, in Argilla.", no_args_is_help=True
)
review.command()(serve)
