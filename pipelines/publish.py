"""A build to where its recipe, or the command line, says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from winnow.pipelines.folder import RunFolder
from winnow.pipelines.report import report_runs
from winnow.pipelines.terminal import err, out, printable
from winnow.pipelines.versions import Versions
from winnow.steps.build.reading import Built
from winnow.steps.errors import UsageError
from winnow.steps.publish.collect import collect
from winnow.steps.publish.config import HubConfig, PublishConfig
from winnow.steps.publish.directory import Place, place_of, publish_to
from winnow.steps.publish.hub.promote import promote
from winnow.steps.publish.hub.publish import Published, publish_to_hub
from winnow.steps.publish.hub.remote import Remote
from winnow.steps.publish.plan import Plan
from winnow.steps.report.model import RunReport
from winnow.steps.storage.url import has_ledger


def recipe_of(built: Built) -> dict[str, Any]:
    """The recipe that a build's run tells of; empty for a mix, and for a build's own folder far from its run.

    Raises:
        UsageError: the run's manifest is broken.
    """
    if built.owner is None or built.is_mix:
        return {}
    found: dict[str, Any] = (RunFolder(built.owner).read_manifest() or {}).get("recipe", {})
    return found


def publish_build(
    built: Built,
    recipe: Mapping[str, Any],
    config: PublishConfig,
    *,
    dry_run: bool = False,
) -> None:
    """Publish a build everywhere that the configuration names, and tell what was done.

    Args:
        recipe: as plain data; empty for a mix.

    Raises:
        UsageError: it names no place, the build is empty, or a place is somebody else's.
        MissingError: a place cannot be reached, or refuses what is sent.
    """
    if config.hub is None and config.to is None:
        raise UsageError("where to? Say --repo OWNER/NAME or --to DIR, or `publish` in the recipe")
    report, places = _report(built), []
    if config.hub is not None:
        ours = collect(built, recipe, config.card, config.hub.repo, report)
        done = publish_to_hub(ours, config.hub, Remote(config.hub.repo), dry_run=dry_run)
        _tell(built, done, dry_run)
        places.append(done.place)
    if config.to is not None:
        place = place_of(config.to)
        ours = collect(built, recipe, config.card, place.public(built.build.id), report)
        plan = publish_to(ours, place, dry_run=dry_run)
        _tell_place(built, place, plan, dry_run)
        places.append(place.name)
    if built.owner is not None and not built.is_mix and not dry_run:
        Versions.of(RunFolder(built.owner)).publish(built.build.id, places)


def promote_build(built: Built, recipe: Mapping[str, Any], config: PublishConfig) -> None:
    """Bring a reviewed build to `main`.

    Raises:
        UsageError: no review is asked for, or what waits is another build.
        MissingError: the Hub cannot be reached, or refuses the token.
    """
    hub = config.hub or _no_repo()
    ours = collect(built, recipe, config.card, hub.repo, _report(built))
    _tell(built, promote(ours, hub, Remote(hub.repo)), dry_run=False)


def _report(built: Built) -> RunReport | None:
    """What the card's plots are drawn from; None where there is no ledger, as of a mix."""
    if built.owner is None or built.is_mix or not has_ledger(built.owner):
        return None
    return report_runs([built.owner]).runs[0]


def _no_repo() -> HubConfig:
    raise UsageError("a review waits on the Hub: say --repo OWNER/NAME, or `publish.hub` in the recipe")


def _tell(built: Built, done: Published, dry_run: bool) -> None:
    where = done.place if done.tag or "discussions" in done.place else f"{done.place} ({done.revision})"
    if dry_run:
        return _tell_plan(done.plan, where)
    if done.plan.is_empty:
        out.print(printable(f"build {built.build.id} is there already: {where}"), soft_wrap=True)
    else:
        out.print(printable(f"published build {built.build.id}: {where}"), soft_wrap=True)
    if done.tag:
        out.print(f"tag {done.tag}, commit {done.oid}", soft_wrap=True)
    else:
        out.print("it waits for a review: `winnow publish --promote` takes it to main", soft_wrap=True)
    return None


def _tell_place(built: Built, place: Place, plan: Plan, dry_run: bool) -> None:
    where = place.shown(built.build.id)
    if dry_run:
        return _tell_plan(plan, where)
    told = "is there already" if plan.is_empty else "is published"
    out.print(printable(f"build {built.build.id} {told}: {where}"), soft_wrap=True)
    return None


def _tell_plan(plan: Plan, where: str) -> None:
    """What would change, on standard output; what it is about, on the other."""
    err.print(printable(f"nothing is published, this is a dry run: {where}"), soft_wrap=True)
    for sign, paths in (("+", plan.added), ("~", plan.replaced), ("-", plan.deleted)):
        for path in paths:
            out.print(printable(f"{sign} {path}"), soft_wrap=True)
    for kind, (before, after) in plan.rows.items():
        out.print(f"{kind}: {before:,} rows -> {after:,} ({after - before:+,})", soft_wrap=True)
    if plan.is_empty:
        out.print("nothing would change")
