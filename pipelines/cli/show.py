"""`winnow show`: a problem with all its candidates, or a list of the problems."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from winnow.pipelines.cli.options import RunArgument, existing_run
from winnow.steps.errors import UsageError


class _Status(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"


def show(
    run: RunArgument,
    problem: Annotated[
        str | None,
        typer.Argument(metavar="PROBLEM", help="Its id in the source, or the beginning of its key."),
    ] = None,
    status: Annotated[
        _Status | None, typer.Option("--status", help="Only candidates with this verdict.")
    ] = None,
    search: Annotated[
        str | None,
        typer.Option(
            "--search", metavar="TEXT", help="Only prompts with TEXT in them; of a problem, answers."
        ),
    ] = None,
    solved: Annotated[
        bool | None, typer.Option("--solved/--unsolved", help="Only problems with a pass, or without.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", metavar="N", min=1, help="Show so many at most.")] = 50,
    full: Annotated[bool, typer.Option("--full", help="Show long texts in full.")] = False,
) -> None:
    """Print a problem of a run: prompt, reference, every candidate, its verdict, and the rows it became.

    Without PROBLEM: a line for each problem, with its family, completions, passes and prompt. What a model
    wrote is printed without control characters.

    Exit codes: 0 printed; 2 no such run or problem.
    """
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.show import show_group, show_problems
    from winnow.steps.build.reading import find_built
    from winnow.steps.ledger import Ledger
    from winnow.steps.report.groups import find_problem, list_problems, read_group
    from winnow.verifiers import load

    if problem is None and (status or full):
        raise UsageError("--status and --full are of candidates: name a PROBLEM")
    if problem is not None and solved is not None:
        raise UsageError("--solved and --unsolved are of the list of problems: name no PROBLEM")
    folder = RunFolder(existing_run(run, built=True))
    ledger, verifier = Ledger(folder.ledger), load(folder.read_recipe().verify).fingerprint
    if problem is None:
        rows, total = list_problems(ledger, verifier, search=search, solved=solved, limit=limit)
        show_problems(rows, total)
        return
    key = find_problem(ledger, problem)
    has_build = (folder.path / "datasets/manifest.json").is_file()
    group = read_group(ledger, verifier, key, find_built(str(folder.path)) if has_build else None)
    wanted = [
        one
        for one in group.entries
        if (status is None or one.status == status)
        and (search is None or search.casefold() in one.completion["text"].casefold())
    ]
    show_group(group, wanted[:limit], full=full, more=max(0, len(wanted) - limit))
