"""`winnow publish`: a build onto the Hub, into a directory, or to a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from winnow.pipelines.cli.options import BuiltArgument, with_build

if TYPE_CHECKING:
    from winnow.steps.publish.config import PublishConfig


def publish(
    run: BuiltArgument,
    repo: Annotated[
        str | None, typer.Option(metavar="OWNER/NAME", help="A dataset of the Hub, made where it is not.")
    ] = None,
    to: Annotated[
        str | None, typer.Option(metavar="DIR|URL", help="A directory, or a URL as s3://bucket/name.")
    ] = None,
    public: Annotated[
        bool, typer.Option("--public", help="Make a new repo public, or publish to one that is.")
    ] = False,
    branch: Annotated[
        str | None, typer.Option(metavar="NAME", help="Let it wait for a review on this branch.")
    ] = None,
    pull: Annotated[bool, typer.Option("--pr", help="Let it wait for a review as a pull request.")] = False,
    promote: Annotated[
        bool, typer.Option("--promote", help="Take what was reviewed to main, and tag it.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell which files and rows would change; change nothing.")
    ] = False,
    recipe: Annotated[
        str | None, typer.Option("--recipe", help="Publish as this recipe says, not as the run's own does.")
    ] = None,
) -> None:
    """Publish the datasets of a run or a mix: all of a build in one step, or nothing.

    Private unless told otherwise. The token is HF_TOKEN, or that of `hf auth login`.
    """
    from winnow.pipelines.quiet import quiet_libraries

    quiet_libraries()
    from winnow.pipelines.publish import promote_build, publish_build, recipe_of
    from winnow.pipelines.recipe import load_recipe
    from winnow.steps.build.reading import find_built
    from winnow.steps.errors import UsageError

    built = find_built(with_build(run))
    told = recipe_of(built)
    given = load_recipe(recipe).told.get("publish") if recipe else told.get("publish")
    config = _config(given or {}, repo, to, public, branch, pull)
    if promote and dry_run:
        raise UsageError("--promote has no dry run: `winnow publish --dry-run` tells what main would get")
    if promote:
        promote_build(built, told, config)
    else:
        publish_build(built, told, config, dry_run=dry_run)


def _config(
    told: dict[str, Any], repo: str | None, to: str | None, public: bool, branch: str | None, pull: bool
) -> PublishConfig:
    """The recipe's part, under what the command line says; a place that it names is the only one."""
    from pydantic import ValidationError

    from winnow.steps.errors import UsageError
    from winnow.steps.publish.config import PublishConfig

    hub = dict(told.get("hub") or {})
    if repo or to:
        hub = {**hub, "repo": repo} if repo else {}
        told = {**told, "to": to}
    if hub:
        hub |= {"private": False} if public else {}
        hub |= {"branch": branch, "pull_request": False} if branch else {}
        hub |= {"pull_request": True, "branch": None} if pull else {}
    elif branch or pull or public:
        raise UsageError("--branch, --pr and --public are about the Hub: say --repo OWNER/NAME")
    try:
        return PublishConfig.model_validate({**told, "hub": hub or None})
    except ValidationError as invalid:
        first = invalid.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"publish.{where}: {first['msg']}, found {first['input']!r}") from None
