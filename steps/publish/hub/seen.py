"""A commit of the Hub as a publication sees it: what is there, and what it would change."""

from __future__ import annotations

from dataclasses import dataclass

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.publish.files import Files
from winnow.steps.publish.hub.remote import Remote
from winnow.steps.publish.plan import README, Plan, plan_of
from winnow.steps.publish.publication import Publication

MAIN = "main"
_HARMLESS = {".gitattributes", ".gitignore", README, "LICENSE", "LICENSE.md", "LICENSE.txt"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A commit, the files that the publication would have there, and what that changes."""

    oid: str
    files: Files
    plan: Plan


def look(publication: Publication, remote: Remote, oid: str, readme: str | None = None) -> Seen:
    """See a commit.

    Args:
        readme: lay the card over this one, and not over the commit's own.

    Raises:
        UsageError: something else than a build lies there.
    """
    there = remote.listing(oid)
    told = remote.told(oid, there)
    if not told and (strange := sorted(set(there) - _HARMLESS)):
        raise UsageError(
            f"{remote.place} has files that no build of winnow's made, as {strange[0]}: name another repo "
            "in `publish.hub.repo` (--repo)"
        )
    files = publication.over(remote.readme(oid, there) if readme is None else readme)
    return Seen(oid, files, plan_of(files, there, told, publication.rows))


def read_back(publication: Publication, remote: Remote, oid: str) -> None:
    """See by sizes and hashes that a commit holds the build: all of it, and nothing of another.

    Raises:
        MissingError: it does not.
    """
    plan = look(publication, remote, oid).plan
    if not plan.is_empty:
        wrong = ", ".join((*plan.added, *plan.replaced, *plan.deleted)[:5])
        raise MissingError(f"{remote.place} does not hold at {oid} what was sent: {wrong}. Publish again")


def head_of(remote: Remote, revision: str) -> str:
    """The commit of a branch.

    Raises:
        MissingError: there is none.
    """
    oid = remote.head(revision)
    if oid is None:
        raise MissingError(f"{remote.place} has no {revision}")
    return oid
