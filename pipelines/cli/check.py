"""`winnow check`: judge completions line by line with one verifier."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from winnow.steps.errors import MissingError, UsageError


def check(
    verifier: Annotated[str, typer.Argument(help="Name of a verifier.")],
    param: Annotated[
        list[str] | None,
        typer.Option("--param", "-p", metavar="KEY=VALUE", help="A parameter; YAML or text."),
    ] = None,
    deadline: Annotated[float, typer.Option(help="Seconds that one completion may take.")] = 5.0,
) -> None:
    """Judge lines {"reference": {...}, "completion": "..."} from standard input.

    Each line is answered, in order, by a line {"status", "score", "reason", "extracted"}: pass, fail,
    error or skip. A line that cannot be judged is an error that says why.
    """
    import asyncio

    from winnow.pipelines.check import judge_lines
    from winnow.verifiers import PoolError, SpecError, VerifierPool

    try:
        pool = VerifierPool(_spec(verifier, param or []), deadline=deadline)
    except (SpecError, ValueError) as wrong:
        raise UsageError(str(wrong)) from None
    if sys.stdin is None:
        raise UsageError("standard input is closed: give JSON lines, as in `winnow check number < in.jsonl`")
    try:
        asyncio.run(judge_lines(pool))
    except PoolError as broken:
        raise MissingError(str(broken)) from None


def _spec(name: str, params: list[str]) -> dict[str, Any]:
    from winnow.verifiers.parameters import fits
    from winnow.verifiers.registry import entries, type_key

    entry = entries().get(name)
    known = entry.parameters if entry else {}
    spec: dict[str, Any] = {type_key: name}
    for param in params:
        key, equals, told = param.partition("=")
        if not equals or not key.strip() or key.strip() == type_key:
            raise UsageError(f"--param {param!r}: expected KEY=VALUE, as in --param max=15")
        key = key.strip()
        value = _yaml(told)
        if key in known and not fits(known[key].hint, value) and fits(known[key].hint, told):
            value = told  # 42 is a number to YAML, and may well be the text that was meant
        spec[key] = value
    return spec


def _yaml(told: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(told)
    except yaml.YAMLError:
        return told
