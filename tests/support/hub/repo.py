"""What a Hub keeps: repositories with commits, refs and pull requests, and large objects by their hash."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

_ATTRIBUTES = b"*.parquet filter=lfs diff=lfs merge=lfs -text\n*.png filter=lfs diff=lfs merge=lfs -text\n"


class Refused(Exception):
    """What the Hub answers instead, with its error code where it has one."""

    def __init__(self, status: int, message: str, code: str | None = None, **more: str) -> None:
        super().__init__(message)
        self.status, self.message, self.code, self.more = status, message, code, more


@dataclass(frozen=True)
class Blob:
    """A file's content, and whether it lies in the store of large ones."""

    content: bytes
    large: bool

    @property
    def git_oid(self) -> str:
        """As git names it; of a large one what git holds is a pointer."""
        told = self.pointer if self.large else self.content
        return hashlib.sha1(b"blob %d\0" % len(told) + told).hexdigest()

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def pointer(self) -> bytes:
        head = b"version https://git-lfs.github.com/spec/v1\n"
        return head + f"oid sha256:{self.sha256}\nsize {len(self.content)}\n".encode()

    @property
    def etag(self) -> str:
        return self.sha256 if self.large else self.git_oid


Tree = Mapping[str, Blob]


@dataclass(frozen=True)
class Commit:
    oid: str
    parent: str | None
    title: str
    message: str
    author: str
    tree: Tree
    date: str


@dataclass
class PullRequest:
    number: int
    title: str
    author: str
    base: str
    status: str = "open"

    @property
    def ref(self) -> str:
        return f"refs/pr/{self.number}"


@dataclass
class Repo:
    """One dataset."""

    name: str
    private: bool
    commits: dict[str, Commit] = field(default_factory=dict)
    heads: dict[str, str] = field(default_factory=dict)  # branches, and refs/pr/N
    tags: dict[str, str] = field(default_factory=dict)
    pulls: list[PullRequest] = field(default_factory=list)

    def __post_init__(self) -> None:
        first = {".gitattributes": Blob(_ATTRIBUTES, False)}
        self.heads["main"] = self.add(None, "initial commit", "", "system", first).oid

    def add(self, parent: str | None, title: str, message: str, author: str, tree: Tree) -> Commit:
        oid = hashlib.sha1(f"{self.name} {parent} {len(self.commits)} {title}".encode()).hexdigest()
        made = Commit(oid, parent, title, message, author, dict(tree), now())
        self.commits[oid] = made
        return made

    def at(self, revision: str) -> Commit:
        """The commit of a branch, a tag, a pull request's ref, or an oid (its beginning is enough)."""
        oid = self.heads.get(revision) or self.tags.get(revision) or revision
        found = [one for name, one in self.commits.items() if name.startswith(oid)] if len(oid) >= 7 else []
        if not found:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return found[0]

    def history(self, revision: str) -> list[Commit]:
        """The newest first."""
        found: list[Commit] = []
        at: str | None = self.at(revision).oid
        while at is not None:
            found.append(self.commits[at])
            at = self.commits[at].parent
        return found

    def commit(
        self,
        revision: str,
        author: str,
        header: Mapping[str, str],
        writes: Mapping[str, Blob],
        deletes: Iterable[str],
        *,
        as_pull: bool,
    ) -> tuple[Commit, PullRequest | None]:
        """Everything at once, or nothing."""
        head = self.at(revision)
        wanted = header.get("parentCommit")
        if wanted and wanted != head.oid:
            raise Refused(412, "A commit has happened since. Please refresh and try again.")
        if revision not in self.heads:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        tree = dict(head.tree)
        for path in deletes:
            below = [name for name in tree if name == path or name.startswith(path.rstrip("/") + "/")]
            if not below:
                raise Refused(404, f"A file with this name doesn't exist: {path}", "EntryNotFound")
            for name in below:
                del tree[name]
        tree.update(writes)
        made = self.add(head.oid, header["summary"], header.get("description", ""), author, tree)
        if not as_pull:
            self.heads[revision] = made.oid
            return made, None
        pull = PullRequest(len(self.pulls) + 1, header["summary"], author, head.oid)
        self.pulls.append(pull)
        self.heads[pull.ref] = made.oid
        return made, pull

    def merge(self, number: int, author: str) -> None:
        """What a pull request changed, onto main as it is now."""
        pull = next((one for one in self.pulls if one.number == number), None)
        if pull is None:
            raise Refused(404, f"no discussion {number}")
        if pull.status != "open":
            raise Refused(409, f"this pull request is {pull.status}")
        base, theirs, ours = self.commits[pull.base].tree, self.at(pull.ref).tree, self.at("main").tree
        changed = {path for path in {*base, *theirs} if base.get(path) != theirs.get(path)}
        if clash := sorted(path for path in changed if base.get(path) != ours.get(path)):
            raise Refused(409, f"this pull request has conflicts: {', '.join(clash)}")
        tree = {path: blob for path, blob in ours.items() if path not in changed}
        tree |= {path: theirs[path] for path in changed if path in theirs}
        title = f"{pull.title} (#{number})"
        self.heads["main"] = self.add(self.heads["main"], title, "", author, tree).oid
        pull.status = "merged"


@dataclass
class Store:
    """All repositories, and the large objects that were ever put."""

    repos: dict[str, Repo] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
