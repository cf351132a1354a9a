"""`winnow audit`: how far a verifier can be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from winnow.pipelines.cli.options import ParamOption, spec_of
from winnow.steps.errors import UsageError

if TYPE_CHECKING:
    from winnow.pipelines.recipe import Recipe
    from winnow.steps.verify.labelled import Labelled
    from winnow.verifiers import Verifier


def audit(
    what: Annotated[str, typer.Argument(metavar="RECIPE|VERIFIER", help="A recipe's file, or a verifier.")],
    input_: Annotated[
        str | None, typer.Option("--input", metavar="JSONL", help="Labelled completions, or references.")
    ] = None,
    param: ParamOption = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=FIELD", help="A key of the reference and its field in the input."),
    ] = None,
    completion: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Field of a completion, or of a list.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="FIELD", help="Field of its label, or of a list.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, help="How often each is judged.")] = 2,
    deadline: Annotated[float, typer.Option(help="Seconds that one completion may take.")] = 5.0,
    show: Annotated[int, typer.Option(min=0, help="Disagreements to print.")] = 10,
) -> None:
    """Compare verdicts with what is known, and tell precision, recall, accuracy, flips and time.

    Input lines are {"reference": {...}, "completion": "...", "label": true}; the options name other
    fields. Without labels, or without input, golden answers must pass, and mutants of them fail: the
    recipe's problems give the answers. Ends with 1 where a verdict is wrong or does not stay the same.
    """
    import asyncio

    from winnow.pipelines.audit import audit as try_all
    from winnow.pipelines.audit import probes_of, show_findings, trials_of
    from winnow.pipelines.working import working

    recipe = _recipe(what)
    if recipe and param:
        raise UsageError("--param is for a verifier by name: a recipe has its parameters in `verify`")
    verifier = _verifier(recipe.verify if recipe else spec_of(what, param or []))
    if input_:
        trials = trials_of(verifier, _rows(input_, reference, completion, label))
    elif recipe:
        trials = probes_of(verifier, _references(recipe))
    else:
        raise UsageError(f"nothing to audit {what!r} with: give --input, or a recipe instead of a verifier")
    with working("judging"):
        findings = asyncio.run(try_all(trials, repeats=repeats, deadline=deadline, show=show))
    raise typer.Exit(show_findings(findings))


def _recipe(what: str) -> Recipe | None:
    from winnow.pipelines.recipe import load_recipe

    is_file = what.endswith((".yaml", ".yml")) or Path(what).is_file()
    return load_recipe(what) if is_file else None


def _verifier(spec: dict[str, object]) -> Verifier:
    from winnow.verifiers import SpecError, load

    try:
        return load(spec)
    except SpecError as wrong:
        raise UsageError(str(wrong)) from None


def _rows(
    path: str, reference: list[str] | None, completion: list[str] | None, label: list[str] | None
) -> Iterator[Labelled]:
    from winnow.steps.verify.labelled import Fields, read_labelled

    pairs = [one.partition("=") for one in reference or []]
    if wrong := next((one for one in pairs if not all(one)), None):
        raise UsageError(f"--reference {''.join(wrong)}: expected KEY=FIELD, as in --reference answer=answer")
    named = {key.strip(): field.strip() for key, _, field in pairs}
    given = {"completions": completion, "labels": label}
    return read_labelled(path, Fields(named, **{key: value for key, value in given.items() if value}))


def _references(recipe: Recipe) -> Iterator[tuple[str, dict[str, object]]]:
    from winnow.steps.records import Problem

    for row in recipe.source.rows():
        if isinstance(row, Problem):
            yield f"problem {row.source_id}", dict(row.reference)
