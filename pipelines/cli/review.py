"""`winnow review`: rows for people to look at, and what they said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from winnow.pipelines.cli.options import RunArgument, existing_run
from winnow.pipelines.cli.serve import serve
from winnow.steps.errors import UsageError

if TYPE_CHECKING:
    from winnow.pipelines.folder import RunFolder
    from winnow.steps.review.config import ArgillaConfig

review = typer.Typer(
    help="Have people review a run's rows in Argilla.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
review.command()(serve)

_Dataset = Annotated[
    str | None, typer.Option("--dataset", metavar="NAME", help="Argilla's datasets are NAME-sft and so on.")
]
_Workspace = Annotated[str | None, typer.Option("--workspace", metavar="NAME", help="The workspace.")]
_Url = Annotated[str | None, typer.Option("--api-url", metavar="URL", help="Instead of ARGILLA_API_URL.")]


@review.command()
def push(
    run: RunArgument,
    dataset: _Dataset = None,
    workspace: _Workspace = None,
    records: Annotated[int | None, typer.Option(metavar="N", help="Rows of each dataset at most.")] = None,
    choose: Annotated[
        str | None, typer.Option(metavar="HOW", help="random, uncertain or disagreement.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="WHAT", help="As many of each family, model or split.")
    ] = None,
    min_submitted: Annotated[
        int | None, typer.Option(metavar="N", help="People who are to review each row.")
    ] = None,
    create_workspace: Annotated[
        bool, typer.Option("--create-workspace", help="Make the workspace where it is not there.")
    ] = False,
    api_url: _Url = None,
) -> None:
    """Send rows of a run's build to Argilla; those that are there are not sent twice.

    What the recipe says in `publish.argilla` holds, but for the options. The key is in ARGILLA_API_KEY.
    """
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.terminal import out, printable
    from winnow.steps.build.reading import find_built
    from winnow.steps.review.push import push

    folder = RunFolder(existing_run(run, built=True))
    told = {
        "dataset": dataset,
        "workspace": workspace,
        "records": records,
        "choose": choose,
        "by": by,
        "min_submitted": min_submitted,
        "create_workspace": create_workspace or None,
        "api_url": api_url,
    }
    config = _config(folder, told)
    for one in push(find_built(str(folder.path)), config):
        out.print(
            f"{one.kind}: {one.new:,} records added to {printable(one.dataset)} in workspace "
            f"{printable(config.workspace)}, which has {one.total:,} now",
            soft_wrap=True,
        )


@review.command()
def pull(
    run: RunArgument,
    dataset: _Dataset = None,
    workspace: _Workspace = None,
    api_url: _Url = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read what people said into a run's ledger, and tell how far they agree.

    May be repeated at any time: what is in the ledger is not written again. `winnow build` then goes by it as
    the recipe says in `build.reviews`.
    """
    from winnow.pipelines.folder import RunFolder
    from winnow.pipelines.run import run_id
    from winnow.pipelines.terminal import err
    from winnow.steps.review.pull import pull

    folder = RunFolder(existing_run(run))
    config = _config(folder, {"dataset": dataset, "workspace": workspace, "api_url": api_url})
    found = pull(folder.path, config, run_id())
    err.print(f"{found.responses:,} responses, {found.new:,} of them new")
    if found.foreign:
        err.print(f"{found.foreign:,} records are of no completion of this run, and were left out")
    _show(folder, json=json)


@review.command()
def agreement(
    run: RunArgument, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """Tell how far people agree with each other and with the verifier, by what was pulled."""
    from winnow.pipelines.folder import RunFolder

    _show(RunFolder(existing_run(run)), json=json)


def _config(folder: RunFolder, told: dict[str, Any]) -> ArgillaConfig:
    """What the run's recipe says, with what the options say laid over it.

    Raises:
        UsageError: neither names a dataset, or an option is none that there is.
    """
    from pydantic import ValidationError

    from winnow.steps.review.config import ArgillaConfig

    publish = folder.read_recipe().publish
    own = publish.argilla.model_dump(exclude_unset=True) if publish and publish.argilla else {}
    said = {key: value for key, value in told.items() if value is not None}
    if "dataset" not in {**own, **said}:
        raise UsageError(
            "which dataset of Argilla? Name one with --dataset, or in the recipe: "
            "`publish: {argilla: {dataset: NAME}}`"
        )
    try:
        return ArgillaConfig.model_validate({**own, **said})
    except ValidationError as invalid:
        first = invalid.errors()[0]
        option = str(first["loc"][0]).replace("_", "-")
        raise UsageError(f"--{option}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


def _show(folder: RunFolder, *, json: bool) -> None:
    from winnow.steps.ledger import Ledger
    from winnow.steps.review.agreement import report_of
    from winnow.verifiers import load

    report = report_of(Ledger(folder.ledger), load(folder.read_recipe().verify).fingerprint)
    if json:
        from json import dumps

        print(dumps(report.told, indent=2))  # noqa: T201
        return
    from rich.table import Table

    from winnow.pipelines.terminal import out

    counts = ", ".join(f"{count:,} {status}" for status, count in report.responses.items())
    out.print(f"{report.people:,} people: {counts or 'no responses yet'}")
    table = Table("question", "scale", "answered by several", "Krippendorff's alpha")
    for one in report.questions:
        told = "-" if one.alpha is None else f"{one.alpha:.3f}"
        table.add_row(one.name, one.level, f"{one.subjects:,}", told)
    out.print(table)
    out.print(f"precision of the verifier, by people: {report.verifier.precision}", soft_wrap=True)
    out.print(f"  of rows drawn at random: {report.drawn.precision}", soft_wrap=True)
    out.print(f"pairs whose right side people prefer: {report.pairs}", soft_wrap=True)
    if report.ties:
        out.print(
            f"people are divided about {report.ties:,} completions and pairs: no rows, where they count"
        )
