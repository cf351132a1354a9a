"""One run of a recipe: hold the folder, sample and judge what is owed, compact, build, tell."""

from __future__ import annotations

import asyncio
import gc
import os
import secrets
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from typing import Any

import polars as pl

from winnow.pipelines.deadline import Deadline, keep
from winnow.pipelines.folder import RunFolder
from winnow.pipelines.hold import Hold
from winnow.pipelines.live.heart import View
from winnow.pipelines.local import LocalRunner, scorers_of
from winnow.pipelines.logs import rotate
from winnow.pipelines.progress import Progress
from winnow.pipelines.recipe import Recipe
from winnow.pipelines.selfcheck import check_flips, check_golds, keep_golds
from winnow.pipelines.settled import reads, settle, source_of, unsettle
from winnow.pipelines.summary import show_summary
from winnow.pipelines.terminal import err, printable
from winnow.pipelines.versions import Version, Versions
from winnow.pipelines.working import working
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.build.ready import check_ready
from winnow.steps.engine.batch.spool import count_out
from winnow.steps.errors import Exit, MissingError, UsageError, WinnowError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.ledger.schema import RUN_FINISHED, RUN_STARTED, SCORED, Sampling, event_row
from winnow.steps.ledger.view import FINISHED
from winnow.steps.records import canonical, key_of
from winnow.steps.report.counts import counts_of
from winnow.steps.revision import revision_of
from winnow.steps.source.survey import survey
from winnow.steps.stage import Context, Halt
from winnow.verifiers import Status, load

_DOUBTS = ("error", "unscored", "failed", "unlabelled")  # counts of what the next run tries again


def run_held(
    recipe: Recipe,
    folder: RunFolder,
    hold: Hold,
    views: Sequence[View] = (),
    deadline: Deadline | None = None,
    runner: Callable[..., LocalRunner] | None = None,
) -> tuple[Exit, str]:
    """Run a recipe in a folder that is held; the exit code, and why it is none of success. `runner` makes
    what runs it, where that is no local one.

    Raises:
        WinnowError: the source is bad, the engine is gone, the disk is full, ...
    """
    source = source_of(recipe)
    read, total = reads(recipe, source), survey(recipe.source).count
    collect_rarely()
    hold.examine()
    folder.examine(recipe)
    rotate(folder.logs)
    check_ready(recipe.build)
    golds, scorers = check_golds(recipe), scorers_of(recipe)
    ledger = Ledger(folder.ledger)
    ledger.follow()
    held = ledger.height("completions")
    context = Context(run=run_id(), log_dir=folder.logs, spent=spent(ledger))
    progress = _progress(recipe, folder, context, total, ledger, views)
    err.print(f"winnow run {recipe.name}: {_told_total(total)} in {folder.named}")

    def claim(sampling: Sampling) -> None:
        folder.claim(recipe, sampling.named)
        unsettle(folder)  # not before: a recipe that is refused changes nothing

    before = (folder.read_manifest() or {}).get("sampling")
    keep_golds(recipe, ledger, context.run, golds)
    with progress.shown():
        made = (runner or LocalRunner)(recipe, ledger, context, progress, claim, before=before)
        sample(made, hold, deadline)
        if context.halt is Halt.INTERRUPTED:
            out = count_out(folder.batches)
            left = f" Batches that stay with the provider, and are fetched then: {out}." if out else ""
            err.print(
                "interrupted: everything sampled so far is in the ledger. The same command goes on from "
                f"here.{left}"
            )
            return Exit.INTERRUPTED, "interrupted"
        if deadline and context.halt is Halt.DEADLINE and deadline.left < deadline.build(held) / 2:
            why = "no time is left to build: `winnow build` does, or the same command, which goes on"
            err.print(why)
            return Exit.DEADLINE, why
        progress.doing("building")
        folder.update({"source": source})
        if scorers != scorers_of(recipe):
            raise UsageError(
                "a scorer's file changed while the run went on, and nothing was scored as it is now: run "
                "again. The datasets are as they were"
            )
        if context.counts["pass"] or context.counts["fail"]:
            check_flips(recipe, ledger, context.run)
        build = build_run(recipe, folder)
    show_summary(recipe, folder, build)
    try:
        with working("merging the ledger's small files"):
            ledger.compact(Versions.of(folder).ledgers)
    except MissingError as full:  # it reads as well as before, and the datasets are built
        err.print(f"the ledger's small files were not merged: {full}")
    bounds, (ended, why) = told_bounds(build), _ending(recipe, context)
    if why:
        err.print(why)
    if bounds is Exit.DONE and ended is not Exit.DEADLINE:
        _publish(recipe, folder, build)
        if not any(context.counts[doubt] for doubt in _DOUBTS) and not count_out(folder.batches):
            settle(recipe, folder, read, ended, why)
    return (bounds, "; ".join(build.exceeded)) if ended is Exit.DONE else (ended, why)


def _publish(recipe: Recipe, folder: RunFolder, build: Build) -> None:
    """Publish what the recipe says; a build that is there already is not published again, and one without a
    row never.

    Raises:
        WinnowError: a place cannot be reached, or is not ours. The datasets are built, and stay.
    """
    if recipe.publish is None or not (recipe.publish.hub or recipe.publish.to):
        return
    told = key_of(canonical(recipe.told), revision_of(folder.path / "datasets" / "manifest.json"))
    if (folder.read_manifest() or {}).get("published") == told:
        return
    from winnow.pipelines.publish import publish_build  # a third of what a start takes
    from winnow.steps.build.reading import find_built

    if any(file.rows for file in build.files):
        publish_build(find_built(str(folder.path)), recipe.told, recipe.publish)
        folder.update({"published": told})
    else:
        err.print(
            "nothing is published: no dataset has a row. What was published before stays", soft_wrap=True
        )


def build_run(recipe: Recipe, folder: RunFolder, *, claim: bool = False) -> Build:
    """Build the recipe's datasets from the folder's ledger, and write them into its manifest, unless they are
    beyond a bound of the recipe; with `claim` the recipe, too.

    Raises:
        UsageError: there are completions, and this verifier judged none of them.
    """
    verifier, ledger = load(recipe.verify), Ledger(folder.ledger, Ledger(folder.ledger).versions())
    counts = counts_of(ledger, verifier.fingerprint)
    if counts["completions"] and not any(counts.get(status) for status in Status):
        raise UsageError(
            f"nothing in {folder.path} was judged by {verifier.name!r} as the recipe has it: `winnow run` "
            "judges what is there. The datasets are as they were"
        )
    scoring, by = recipe.score.scoring if recipe.score else None, verifier.fingerprint
    known = Versions.of(folder)
    build = build_datasets(
        ledger,
        by,
        recipe.build,
        folder.path,
        scoring=scoring,
        label=recipe.label,
        lineage=lambda build: known.lineage(recipe, by, scoring, ledger.versions(), build),
    )
    if not build.exceeded:
        known.add(recipe, build)
        if claim:
            folder.claim(recipe)
    told = {} if build.exceeded else {"build": build.told}
    folder.update({"counts": counts, **told})
    return build


def build_again(version: Version, folder: RunFolder) -> tuple[Recipe, Build]:
    """Make a build again from the ledger as it was, byte for byte, and turn `datasets` to it; and its recipe.

    Raises:
        MissingError: files of the ledger as it was were deleted since.
        UsageError: it cannot be the same again: scorers, evaluation sets or winnow itself are others now.
    """
    recipe, ledger = folder.read_recipe(version.recipe), Ledger(folder.ledger, version.ledger)
    if not ledger.is_whole():
        raise MissingError(
            f"version {version.number} cannot be made again: files of the ledger as it was were deleted since"
        )
    scoring = recipe.score.scoring if recipe.score else None

    def lineage(build: str) -> dict[str, Any]:
        if build != version.build:
            raise UsageError(
                f"version {version.number} cannot be made again: what comes out is another build. It was "
                f"made by winnow {version.lineage['winnow']}; has a scorer or an evaluation set changed?"
            )
        return dict(version.lineage)

    build = build_datasets(
        ledger,
        str(version.lineage["verifier"]),
        recipe.build,
        folder.path,
        scoring=scoring,
        label=recipe.label,
        lineage=lineage,
    )
    folder.update({"build": build.told})
    return recipe, build


def see_rewards(recipe: Recipe, folder: RunFolder) -> None:
    """See that the recipe's scorers were there, and say how much they left out.

    Raises:
        UsageError: one of them was never asked about any completion.
        MissingError: a file on which rewards hang is not there.
    """
    if recipe.score is None:
        return
    ledger = Ledger(folder.ledger)
    whole = ledger.scan("completions").filter(FINISHED).select(pl.col("id").n_unique()).collect().item()
    for one in recipe.score.members:
        rows = ledger.scan("rewards").filter(pl.col("fingerprint") == one.fingerprint)
        asked, scored = (
            told.select(pl.col("completion").n_unique()).collect().item()
            for told in (rows, rows.filter(pl.col("status") == SCORED))
        )
        if whole and not asked:
            raise UsageError(
                f"nothing in {folder.path} was scored by {one.name!r} as the recipe has it: `winnow run` "
                "scores what is there. The datasets are as they were"
            )
        if scored < whole:
            err.print(
                f"{whole - scored} of {whole} completions were not scored by {one.name!r}, and have no "
                "reward: `winnow run` scores what is there",
                soft_wrap=True,
            )


def told_bounds(build: Build) -> Exit:
    """Say which bounds the build is beyond, if any."""
    for line in build.exceeded:
        err.print(line, soft_wrap=True)
    if build.exceeded:
        err.print(f"so `datasets` is as it was; what was built lies in {build.folder}", soft_wrap=True)
    return Exit.TARGET_MISSED if build.exceeded else Exit.DONE


def sample(runner: LocalRunner, hold: Hold, deadline: Deadline | None = None) -> None:
    """Run the event loop; the first SIGINT or SIGTERM drains it, the second ends the process at once. It is
    drained, too, when the folder is ours no more, and in time for the deadline.

    Raises:
        WinnowError: the engine is gone, the disk is full, ...; the ledger knows why.
    """
    context, held = runner.context, runner.ledger.height("completions") if deadline else 0

    def stop() -> None:
        if context.halt is Halt.INTERRUPTED:
            err.show_cursor()
            os._exit(Exit.INTERRUPTED)  # servers and workers end with us: their stdin closes
        context.interrupt()
        batches = "batches stay with the provider"
        first = batches if context.deferred else "requests in flight are finished first"
        err.print(f"stopping: {first}. Once more to stop at once")

    async def main() -> None:
        loop = asyncio.get_running_loop()
        hold.on_loss = lambda: loop.call_soon_threadsafe(context.interrupt)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop)
        running = asyncio.create_task(runner.run())
        keeping = deadline and asyncio.create_task(keep(deadline, context, held, running.cancel))
        try:
            with suppress(asyncio.CancelledError) if deadline else nullcontext():
                await running
        finally:
            if keeping:
                keeping.cancel()
            hold.on_loss = None
            # asyncio leaves the system's own; where nothing but our end is left, it comes as it was told
            over = context.halt is Halt.INTERRUPTED
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
                signal.signal(number, signal.SIG_IGN if over else signal.default_int_handler)

    told: dict[str, object] = {"recipe": runner.recipe.fingerprint}
    _event(runner, RUN_STARTED, told)
    try:
        asyncio.run(main())
        hold.examine()
    except (WinnowError, BaseExceptionGroup) as broken:
        first = first_of_ours(broken)
        if first is None:
            raise
        try:
            hold.examine()
        except MissingError as lost:  # which is why
            first = lost
        with suppress(WinnowError):  # where the disk is full, this cannot be written either
            _event(runner, "run_stopped", {"why": str(first)})
        raise first from None if first is broken else broken
    halted = context.halt.value if context.halt else None
    _event(runner, RUN_FINISHED, {"halt": halted, "counts": dict(context.counts)})


def collect_rarely() -> None:
    """Rows in flight are many and hold no cycles: looking for some in them cost an eighth of a run."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _event(runner: LocalRunner, kind: str, data: dict[str, object]) -> None:
    context = runner.context
    runner.ledger.commit({"events": [event_row(kind, context.run, data, context.run)]})


def first_of_ours(broken: BaseException) -> WinnowError | None:
    """The first error with a message for the user, in a group of several or by itself."""
    if isinstance(broken, WinnowError):
        return broken
    below = broken.exceptions if isinstance(broken, BaseExceptionGroup) else ()
    return next((found for error in below if (found := first_of_ours(error))), None)


def _ending(recipe: Recipe, context: Context) -> tuple[Exit, str]:
    """The exit code, and why it is none of success."""
    if context.halt is Halt.DEADLINE:
        return Exit.DEADLINE, (
            "the deadline came first: what was sampled is built, and not published. The same command goes on "
            "from here"
        )
    if context.halt is Halt.BUDGET or context.counts["unpaid"]:
        budget = recipe.sample.budget
        limits = budget.model_dump(exclude_none=True) if budget else {}
        told = " and ".join(f"{limit:,} {name}" for name, limit in limits.items())
        owed = f", and {unpaid:,} rewards of judges are owed" if (unpaid := context.counts["unpaid"]) else ""
        return Exit.BUDGET, f"the budget of {told} is spent{owed}: raise sample.budget to go on"
    if failed := context.counts["failed"]:
        return Exit.TARGET_MISSED, f"{failed} completions are still owed, their requests failed: run again"
    if unsearched := context.counts["unsearched"]:
        why = next((said for _, said in reversed(context.recent) if "the scorer failed" in said), "")
        told = printable(why.partition(": ")[2] or "the scorer failed", 300)
        return (
            Exit.TARGET_MISSED,
            f"{unsearched} problems were not searched to their end: {told}. Run again",
        )
    if recipe.sample.target and context.halt is not Halt.TARGET:
        return Exit.TARGET_MISSED, (
            f"the target of {recipe.sample.target.rows:,} rows was missed: every problem was asked as often "
            "as it may be. Raise sample.max_n, ask for more by sample.until, or add problems"
        )
    return Exit.DONE, ""


def _progress(
    recipe: Recipe,
    folder: RunFolder,
    context: Context,
    total: int | None,
    ledger: Ledger,
    views: Sequence[View],
) -> Progress:
    target, budget = recipe.sample.target, recipe.sample.budget
    return Progress(
        context,
        total,
        target.rows if target else None,
        name=recipe.name,
        budget=budget.money if budget else None,
        before=ledger.height("completions"),
        logs=folder.logs,
        views=views,
    )


def _told_total(total: int | None) -> str:
    return f"{total} problems" if total is not None else "problems"


def run_id() -> str:
    """A name for one execution: when it began, and chance."""
    return f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(3)}"
