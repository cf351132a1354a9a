"""Two cards of one dataset: on main, and on the branch where a build waits for its review."""

from __future__ import annotations

from winnow.steps.publish.hub.remote import Remote
from winnow.steps.publish.hub.seen import MAIN
from winnow.steps.publish.plan import README
from winnow.steps.publish.publication import Publication

_LOOKED_AT = 50  # commits of a branch, the newest


def newer_readme(publication: Publication, remote: Remote, branch: str, head: str, main: str) -> str | None:
    """The README of the branch or of main (commits `head` and `main`): the one that people wrote in since
    both were the same. None where they wrote in both.

    What was written in on one side alone: the other's card once stood there. What is ours in a card is no
    matter: it is compared as it would be with this build.
    """
    texts: dict[str, str] = {}

    def text(oid: str) -> str:
        if oid not in texts:
            texts[oid] = remote.readme(oid, remote.listing(oid)) or ""
        return texts[oid]

    def card(oid: str) -> str:
        return publication.over(text(oid))[README].sha256

    def was_on(revision: str, wanted: str) -> bool:
        return any(card(oid) == wanted for oid, _ in remote.since(revision, None)[:_LOOKED_AT])

    if card(head) == card(main) or was_on(branch, card(main)):
        return text(head)
    return text(main) if was_on(MAIN, card(head)) else None
