"""A build onto the Hub: one commit on the head that was seen, looked for before it is tried again.

The order, so that no moment shows half of anything: large files are sent (nobody sees them), one commit holds
all that is new and all that goes, the commit is read back by its oid, and the tag is set last. A commit whose
answer was lost is found by the build's id in its title.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.publish.config import HubConfig
from winnow.steps.publish.hub.cards import newer_readme
from winnow.steps.publish.hub.remote import Remote
from winnow.steps.publish.hub.seen import MAIN, Seen, head_of, look, read_back
from winnow.steps.publish.hub.trouble import CONFLICT, explained, passes, status_of
from winnow.steps.publish.plan import Plan, plan_of
from winnow.steps.publish.publication import Publication

_RIVALS = 50  # commits of others that may come first, one after another


@dataclass(frozen=True, slots=True)
class Published:
    """Where a build is: its commit, the branch or pull request that leads to it, and what was changed.

    `oid` is None in a dry run; `tag` there, and where the build waits for a review.
    """

    place: str
    revision: str
    oid: str | None
    tag: str | None
    plan: Plan


def publish_to_hub(
    publication: Publication, config: HubConfig, remote: Remote, *, dry_run: bool = False
) -> Published:
    """Publish a build, or wait with it where a review is asked for; nothing, where it is there already.

    Raises:
        UsageError: the repo is somebody else's, is public against the recipe, or its tag is another's.
        MissingError: the Hub cannot be reached, refuses the token, or does not hold what was sent.
    """
    try:
        return _publish(publication, config, remote, dry_run)
    except Exception as error:
        raise explained(error, remote.shown, remote.repo) from error


def _publish(publication: Publication, config: HubConfig, remote: Remote, dry_run: bool) -> Published:
    gate = "a pull request" if config.pull_request else config.branch or MAIN
    if not _opened(config, remote, dry_run):
        plan = plan_of(publication.over(None), {}, {}, publication.rows)
        return Published(remote.place, gate, None, None, plan)
    seen = look(publication, remote, head_of(remote, MAIN))
    if seen.plan.is_empty:
        gate = MAIN  # where it is, whatever review it passed
    if dry_run:
        head = remote.head(gate) if gate == config.branch else None
        plan = look(publication, remote, head).plan if head else seen.plan
        return Published(remote.place, gate, None, None, plan)
    if gate == MAIN:
        oid, plan = commit_safely(publication, remote, MAIN, seen)
        return Published(remote.place, MAIN, oid, tagged(publication, remote, oid), plan)
    if config.pull_request:
        return _as_pull(publication, remote, seen)
    if remote.head(gate) is None:
        remote.branch(gate, seen.oid)
    oid, plan = commit_safely(
        publication, remote, gate, readme=lambda head: newer_readme(publication, remote, gate, head, seen.oid)
    )
    return Published(remote.place, gate, oid, None, plan)


def commit_safely(
    publication: Publication,
    remote: Remote,
    branch: str,
    seen: Seen | None = None,
    readme: Callable[[str], str | None] = lambda _: None,
) -> tuple[str, Plan]:
    """Bring a branch to hold the build in one commit, whoever else writes to it.

    Args:
        seen: the branch's head, where it was just looked at.
        readme: lays the card over another README than the branch's own, unless it gives None for the head.

    Returns:
        The commit's oid, read back; the branch's head where it held the build before. What was changed.
    """
    tried = rivals = 0
    while True:
        if seen is None:
            head = head_of(remote, branch)
            seen = look(publication, remote, head, readme(head))
        if seen.plan.is_empty:
            return seen.oid, seen.plan
        try:
            oid = _commit(publication, remote, branch, seen)
        except Exception as error:
            conflict = status_of(error) == CONFLICT
            if not conflict and not passes(error):
                raise
            landed = [at for at, title in remote.since(branch, seen.oid) if is_of(title, publication)]
            if not landed:
                tried, rivals = (tried, rivals + 1) if conflict else (tried + 1, rivals)
                if tried == remote.patience.tries or rivals > _RIVALS:
                    raise
                if not conflict:
                    remote.patience.pause(tried)
                seen = None
                continue
            oid = landed[0]
        read_back(publication, remote, oid)
        return oid, seen.plan


def tagged(publication: Publication, remote: Remote, oid: str) -> str:
    """Set the build's tag to the newest commit of main that made it, or `oid` where none says that it did.

    One that is there stays, if what it names is this build.

    Raises:
        UsageError: it names something else.
    """
    tag = publication.tag
    there = remote.tags()
    if tag not in there:
        made = (at for at, title in remote.since(MAIN, None) if is_of(title, publication))
        remote.tag(tag, next(made, oid))
        there = remote.tags()
    named = there.get(tag, "")
    if named != oid and remote.told(named, remote.listing(named)).get("build") != publication.build:
        raise UsageError(
            f"{remote.place} has a tag {tag} that names something else: delete it, and publish again"
        )
    return tag


def is_of(title: str, publication: Publication) -> bool:
    """Whether a commit or pull request says by its title that it brings this build; merges add a number."""
    return title == publication.title or title.startswith(f"{publication.title} (#")


def open_pull(publication: Publication, remote: Remote) -> int | None:
    """The number of the open pull request with this build."""
    return next((number for number, title in remote.pulls() if is_of(title, publication)), None)


def _as_pull(publication: Publication, remote: Remote, seen: Seen) -> Published:
    """Open a pull request, unless one of this build is open."""
    plan, tried = seen.plan.nothing, 0
    while (number := open_pull(publication, remote)) is None:
        plan = seen.plan
        try:
            _commit(publication, remote, MAIN, seen, as_pull=True)
        except Exception as error:
            tried += 1
            if tried == remote.patience.tries or not (passes(error) or status_of(error) == CONFLICT):
                raise
            remote.patience.pause(tried)
            seen = look(publication, remote, head_of(remote, MAIN))
    ref = f"refs/pr/{number}"
    oid = head_of(remote, ref)
    read_back(publication, remote, oid)
    return Published(f"{remote.place}/discussions/{number}", ref, oid, None, plan)


def _commit(
    publication: Publication, remote: Remote, branch: str, seen: Seen, *, as_pull: bool = False
) -> str:
    return remote.commit(
        branch,
        seen.oid,
        [seen.files[path] for path in (*seen.plan.added, *seen.plan.replaced)],
        seen.plan.deleted,
        publication.title,
        publication.description,
        as_pull=as_pull,
    )


def _opened(config: HubConfig, remote: Remote, dry_run: bool) -> bool:
    """Make the repo where there is none; whether there is one now."""
    info = remote.info()
    if info is None:
        if dry_run:
            return False
        remote.create(config.private)
        info = remote.info()
    if info is None:
        raise MissingError(f"{remote.place} is there, and this token may not read it")
    if config.private and not info.private:
        raise UsageError(
            f"{remote.place} is public, and this publication is private: make the repo private in its "
            "settings, or say `publish.hub.private: false` (--public)"
        )
    return True
