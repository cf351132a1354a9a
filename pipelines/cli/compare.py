"""`winnow compare`: is one run better than another, by how much, and could it be chance?"""

from __future__ import annotations

from typing import Annotated

import typer

from winnow.pipelines.cli.options import existing_run
from winnow.steps.errors import UsageError


def compare(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN RUN...", help="Two or more; each is compared with the first.")
    ],
    by: Annotated[
        list[str] | None,
        typer.Option("--by", metavar="COLUMN", help="Tell it by a column of the problems' metadata, too."),
    ] = None,
    own_verifiers: Annotated[
        bool, typer.Option("--own-verifiers", help="Compare although different verifiers judged.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare models, prompts or temperatures on the problems that runs have in common.

    Prints pass@k of both, the difference with its 95% paired bootstrap interval and p-value, tokens and cost
    a solved problem, problems won and lost, what differs in the recipes, and the verdict in a sentence.

    Exit codes: 0 compared, whoever is better; 2 no such run, or runs that cannot be compared.
    """
    if len(runs) < 2:
        raise UsageError("compare takes two runs or more: `winnow compare A B`")
    paths = [existing_run(run) for run in runs]
    from winnow.pipelines.compare import compare_runs, show_comparison
    from winnow.pipelines.terminal import out

    found = compare_runs(paths, by or [], own_verifiers=own_verifiers)
    if json:
        from json import dumps

        print(dumps({"comparisons": [one.model_dump() for one in found]}, indent=2))  # noqa: T201
        return
    for at, one in enumerate(found):
        if at:
            out.print()
        show_comparison(one)
