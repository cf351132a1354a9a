"""Is there anything to do? What a run left when it came to its end, compared with what is there now.

All that a run reads is in one hash: the recipe, the source, the model, verifier and scorers, what cleaning
reads, the versions of libraries. With the ledger's tables at the versions that they had, and the build whole,
the same run again would do nothing, and is not begun.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from winnow.pipelines.folder import RunFolder, versions
from winnow.pipelines.recipe import Recipe
from winnow.steps.errors import Exit, WinnowError
from winnow.steps.records import canonical, key_of
from winnow.steps.revision import revision_of, revision_on_hub
from winnow.steps.secrets import expand
from winnow.verifiers import load

if TYPE_CHECKING:
    from winnow.steps.sample.sampler import Sampler

KEY = "settled"


@dataclass(frozen=True, slots=True)
class Settled:
    """How the last run ended: its exit code, and what it said where that is none of success."""

    code: Exit
    why: str


def settled(recipe: Recipe, folder: RunFolder) -> Settled | None:
    """How the last run of this recipe ended, if nothing it went by has changed since; else None."""
    manifest = folder.read_manifest() or {}
    told = manifest.get(KEY)
    try:
        if not told or told["build"] != manifest["build"]["id"] or not _is_whole(folder, manifest["build"]):
            return None
        if told["ledger"] != _ledger(folder) or told["state"] != _state(recipe, manifest):
            return None
        if {**folder.read_recipe().whole, "notify": None} != {**recipe.whole, "notify": None}:
            return None  # `winnow build --recipe` has claimed it, and what publishes goes by the manifest
        return Settled(Exit(told["code"]), str(told["why"]))
    except (KeyError, TypeError, ValueError, WinnowError):  # what is missing is told by the run itself
        return None


def settle(recipe: Recipe, folder: RunFolder, read: str | None, code: Exit, why: str = "") -> None:
    """Keep how a run ended that left nothing to do, unless something that it `read` (`reads`) has changed
    since it began.

    Raises:
        MissingError: the manifest cannot be written.
    """
    manifest = folder.read_manifest() or {}
    if read is None or read != reads(recipe, source_of(recipe)):
        return
    with suppress(KeyError, WinnowError):  # what cannot be asked for its revision is never settled
        told = {"state": _state(recipe, manifest), "build": manifest["build"]["id"]}
        folder.update({KEY: {**told, "ledger": _ledger(folder), "code": int(code), "why": why}})


def source_of(recipe: Recipe) -> str | None:
    """The content of the source, as a hash or a commit; None where it cannot be told."""
    with suppress(WinnowError):
        return recipe.source.content()
    return None


def reads(recipe: Recipe, source: str | None) -> str | None:
    """The content of what a run reads beside its ledger, as a hash; None where it cannot be told."""
    clean = recipe.build.clean
    if source is None:
        return None
    try:
        found = [source, load(recipe.verify).fingerprint]
        found += [one.fingerprint for one in recipe.score.members] if recipe.score else []
        found += [step.fingerprint for step in recipe.steps]
        found += [_revision(one.path, one.revision, "dataset") for one in clean.decontaminate]
        if (tokens := clean.max_tokens) is not None:
            found.append(_revision(tokens.tokenizer, tokens.revision, "model"))
    except WinnowError:
        return None
    return key_of(*found)


def unsettle(folder: RunFolder) -> None:
    """Forget it: something is about to be done."""
    if KEY in (folder.read_manifest() or {}):
        folder.update({KEY: None})


def moved(folder: RunFolder, before: dict[str, int]) -> None:
    """The ledger's files were merged: it says what it said at the versions `before`."""
    told = (folder.read_manifest() or {}).get(KEY)
    if told and told.get("ledger") == before != (now := _ledger(folder)):
        folder.update({KEY: {**told, "ledger": now}})


def _ledger(folder: RunFolder) -> dict[str, int]:
    from winnow.steps.ledger import Ledger

    return Ledger(folder.ledger).versions()


def _state(recipe: Recipe, manifest: dict[str, Any]) -> str:
    from winnow.steps.stage import Context

    named = sampler_of(recipe).identify(Context()).named
    if named != manifest["sampling"]:
        raise KeyError("sampling")
    return key_of(
        canonical({**recipe.whole, "notify": None}),
        canonical(versions()),
        canonical(named),
        reads(recipe, source_of(recipe)),
    )


def sampler_of(recipe: Recipe) -> Sampler:
    """Who asks, and tells without asking what the completions have in common."""
    if recipe.sample.search is not None:  # what it finds goes by scores, too
        from winnow.pipelines.local import stages_of

        return stages_of(recipe)[0]
    from winnow.steps.sample.sampler import Sampler

    return Sampler(recipe.sample)


def _revision(written: str, revision: str | None, kind: Any) -> str:
    path = Path(expand(written)).expanduser()
    return revision_of(path) if path.exists() else revision_on_hub(expand(written), revision, kind)


def _is_whole(folder: RunFolder, build: dict[str, Any]) -> bool:
    """Whether `datasets` leads to the build, and its files are as large as they were."""
    if home := folder.home:
        return home.has_build(build["id"])
    datasets = folder.path / "datasets"
    try:
        return datasets.readlink().name == build["id"] and all(
            (datasets / file["path"]).stat().st_size == file["bytes"] for file in build["files"]
        )
    except OSError:
        return False
