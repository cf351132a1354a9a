"""From a review to `main`: what was looked at, and nothing else."""

from __future__ import annotations

from winnow.steps.errors import UsageError
from winnow.steps.publish.config import HubConfig
from winnow.steps.publish.hub.cards import newer_readme
from winnow.steps.publish.hub.publish import Published, commit_safely, open_pull, tagged
from winnow.steps.publish.hub.remote import Remote
from winnow.steps.publish.hub.seen import MAIN, head_of, look, read_back
from winnow.steps.publish.hub.trouble import explained, passes, status_of
from winnow.steps.publish.plan import Plan
from winnow.steps.publish.publication import Publication


def promote(publication: Publication, config: HubConfig, remote: Remote) -> Published:
    """Bring a build that was reviewed to `main`, with what the reviewers wrote into its card, and tag it.

    Raises:
        UsageError: no review is asked for, what waits there is another build, or people wrote into the card
            here and there.
        MissingError: the Hub cannot be reached, or refuses the token.
    """
    try:
        if not config.branch and not config.pull_request:
            raise UsageError("nothing waits for a review: say where with --branch or --pr, or in the recipe")
        seen = look(publication, remote, head_of(remote, MAIN))
        oid, plan = seen.oid, seen.plan
        if not plan.is_empty:
            oid, plan = (_merged if config.pull_request else _copied)(publication, config, remote, plan)
        return Published(remote.place, MAIN, oid, tagged(publication, remote, oid), plan)
    except Exception as error:
        raise explained(error, remote.shown, remote.repo) from error


def _copied(publication: Publication, config: HubConfig, remote: Remote, _: Plan) -> tuple[str, Plan]:
    """The Hub merges no branches: the same files are committed to main; the large ones are there already."""
    branch = str(config.branch)
    head = remote.head(branch)
    there = remote.listing(head) if head else {}
    waiting = remote.told(head, there).get("build") if head else None
    if head is None or waiting != publication.build:
        found = f"build {waiting}" if waiting else "nothing"
        raise UsageError(
            f"the branch {branch} of {remote.place} holds {found}, and this is build {publication.build}: "
            f"publish it there first (--branch {branch})"
        )
    read_back(publication, remote, head)

    def readme(main: str) -> str:
        newer = newer_readme(publication, remote, branch, head, main)
        if newer is None:
            raise UsageError(
                f"people wrote into the card of {remote.place} on main and on the branch {branch}: make the "
                "one on the branch say what main's says, add to it in another commit, and promote again"
            )
        return newer

    return commit_safely(publication, remote, MAIN, readme=readme)


def _merged(publication: Publication, config: HubConfig, remote: Remote, plan: Plan) -> tuple[str, Plan]:
    tried = 0
    while True:
        number = open_pull(publication, remote)
        seen = look(publication, remote, head_of(remote, MAIN))
        if seen.plan.is_empty:  # merged, whether or not we heard of it
            return seen.oid, plan
        if number is None:
            raise UsageError(
                f"{remote.place} has no open pull request with build {publication.build}: open one with --pr"
            )
        read_back(publication, remote, head_of(remote, f"refs/pr/{number}"))
        try:
            remote.merge(number)
        except Exception as error:
            tried += 1
            if status_of(error) == 409:
                raise UsageError(
                    f"{remote.place}/discussions/{number} cannot be merged any more: close it, and open "
                    "another with --pr"
                ) from None
            if tried == remote.patience.tries or not passes(error):
                raise
            remote.patience.pause(tried)
