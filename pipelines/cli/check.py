"""`winnow check`: judge completions line by line with one verifier."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from winnow.pipelines.cli.options import ParamOption, spec_of
from winnow.steps.errors import MissingError, UsageError


def check(
    verifier: Annotated[str, typer.Argument(help="Name of a verifier.")],
    param: ParamOption = None,
    deadline: Annotated[float, typer.Option(help="Seconds that one completion may take.")] = 5.0,
) -> None:
    """Judge lines {"reference": {...}, "completion": "..."} from standard input.

    Each line is answered, in order, by a line {"status", "score", "reason", "extracted"}: pass, fail,
    error or skip, and "results", a digit a test, where several were run. A line that cannot be judged is an
    error that says why.
    """
    import asyncio

    from winnow.pipelines.check import judge_lines
    from winnow.verifiers import PoolError, SpecError, VerifierPool

    try:
        pool = VerifierPool(spec_of(verifier, param or []), deadline=deadline)
    except (SpecError, ValueError) as wrong:
        raise UsageError(str(wrong)) from None
    if sys.stdin is None:
        raise UsageError("standard input is closed: give JSON lines, as in `winnow check number < in.jsonl`")
    try:
        asyncio.run(judge_lines(pool))
    except PoolError as broken:
        raise MissingError(str(broken)) from None
