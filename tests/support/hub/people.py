"""Who asks: tokens, and what their owners may do."""

from __future__ import annotations

from dataclasses import dataclass

from support.hub.repo import Refused, Repo


@dataclass(frozen=True)
class Person:
    name: str
    orgs: tuple[str, ...] = ()
    writes: bool = True

    def owns(self, repo: str) -> bool:
        return repo.partition("/")[0] in (self.name, *self.orgs)


WRITER, READER, STRANGER = "hf_writer_token", "hf_reader_token", "hf_stranger_token"
PEOPLE = {
    WRITER: Person("me", ("my-org",)),
    READER: Person("me", ("my-org",), writes=False),
    STRANGER: Person("stranger"),
}


def person_of(header: str | None) -> Person | None:
    """Whose token an Authorization header holds; None where there is no header."""
    if not header:
        return None
    found = PEOPLE.get(header.removeprefix("Bearer "))
    if found is None:
        raise Refused(401, "Invalid credentials in Authorization header")
    return found


def check_may_read(repo: Repo | None, person: Person | None) -> Repo:
    if repo is not None and (not repo.private or (person is not None and person.owns(repo.name))):
        return repo
    if person is None:
        raise Refused(401, "Invalid username or password.", "RepoNotFound")
    raise Refused(404, "Repository not found", "RepoNotFound")


def check_may_write(repo: str, person: Person | None) -> Person:
    if person is None:
        raise Refused(401, "Invalid username or password.")
    if not person.writes:
        raise Refused(403, "you must use a write token to upload to a repository")
    if not person.owns(repo):
        raise Refused(403, f"You don't have the rights to write to {repo}")
    return person
