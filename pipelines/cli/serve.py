"""`winnow review serve`: Argilla's server on this machine, for trying things out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    port: Annotated[
        int,
        typer.Option("--port", min=0, max=65_535, help="Where it listens, on 127.0.0.1 alone; 0: anywhere."),
    ] = 6900,
    home: Annotated[
        str, typer.Option("--home", metavar="DIR", help="Its database, users and keys.")
    ] = "runs/argilla",
    env: Annotated[
        str | None,
        typer.Option(
            "--env", metavar="DIR", help="Its environment; made where missing (default: in your cache)."
        ),
    ] = None,
) -> None:
    """Run Argilla's server here, without docker, for trying things out; installed by the first call.

    In production run Argilla's own deployment, and name it by ARGILLA_API_URL and ARGILLA_API_KEY.
    """
    from winnow.steps.review.server import environment
    from winnow.steps.review.server.serve import serve as become

    become(Path(home), Path(env) if env else environment.default_folder(), port)
