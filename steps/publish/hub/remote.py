"""One dataset repo of the Hub, by the official client: every reading is tried again, no writing is."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from winnow.steps.errors import MissingError
from winnow.steps.publish.files import Entry, File, Listing
from winnow.steps.publish.hub.trouble import Patience, patiently, status_of
from winnow.steps.publish.plan import MANIFEST, README, manifest_of
from winnow.steps.publish.scrub import without_login
from winnow.steps.secrets import hide

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import DatasetInfo

T = TypeVar("T")


@dataclass(frozen=True)
class Remote:
    """A repo by its name. `endpoint` and `token` are the library's own unless told: HF_ENDPOINT, HF_TOKEN."""

    repo: str
    patience: Patience = field(default_factory=Patience)
    endpoint: str | None = None
    token: str | None = None

    @cached_property
    def api(self) -> HfApi:
        """The client. Left alone it waits for ever for a stalled answer, and some calls say so themselves."""
        from huggingface_hub import HfApi, get_token, set_client_factory
        from huggingface_hub.utils import disable_progress_bars  # type: ignore[attr-defined]
        from huggingface_hub.utils._http import default_client_factory

        token = self.token or get_token() or ""
        if not (token.isascii() and token.isprintable()):
            raise MissingError(
                "the token of the Hub holds characters that none has, as of a text that was cut wrongly: set "
                "HF_TOKEN anew, or log in with `hf auth login`"
            )
        hide(token, "HF_TOKEN")  # whatever a server or a library may say of it
        limits = dict.fromkeys(("connect", "read", "write", "pool"), self.patience.timeout)

        def limit(request: Any) -> None:
            told = request.extensions.get("timeout") or {}
            given = {name: seconds for name, seconds in told.items() if seconds is not None}
            request.extensions = {**request.extensions, "timeout": {**limits, **given}}

        def client() -> Any:
            made = default_client_factory()
            hooks = made.event_hooks
            made.event_hooks = {**hooks, "request": [*hooks["request"], limit]}
            return made

        set_client_factory(client)
        if not sys.stderr.isatty():
            disable_progress_bars()
        logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # it tells whole addresses, keys too
        return HfApi(endpoint=self.endpoint, token=self.token)

    @property
    def shown(self) -> str:
        """The Hub's address, as it may be told."""
        return without_login(self.api.endpoint)

    @property
    def place(self) -> str:
        return f"{self.shown}/datasets/{self.repo}"

    def ask(self, call: Callable[[], T]) -> T:
        return patiently(call, self.patience)

    def info(self) -> DatasetInfo | None:
        """What the Hub says of the repo; None where there is none that we may see."""
        from huggingface_hub.errors import RepositoryNotFoundError

        greeting = replace(self.patience, tries=min(self.patience.tries, 3))  # nobody there: told soon
        try:
            return patiently(lambda: self.api.dataset_info(self.repo), greeting)
        except RepositoryNotFoundError:
            return None

    def create(self, private: bool) -> None:
        """Make the repo; one that is there meanwhile is as good."""
        self.ask(lambda: self.api.create_repo(self.repo, repo_type="dataset", private=private, exist_ok=True))

    def head(self, revision: str) -> str | None:
        """The commit of a branch, or of `refs/pr/1`; None where there is none."""
        from huggingface_hub.errors import RevisionNotFoundError

        try:
            return self.ask(lambda: self.api.dataset_info(self.repo, revision=revision)).sha
        except RevisionNotFoundError:
            return None

    def listing(self, oid: str) -> Listing:
        """Every file of a commit."""
        from huggingface_hub.hf_api import RepoFile

        def read() -> dict[str, Entry]:
            found = self.api.list_repo_tree(self.repo, recursive=True, revision=oid, repo_type="dataset")
            return {one.path: _entry(one) for one in found if isinstance(one, RepoFile)}

        return self.ask(read)

    def read(self, oid: str, path: str) -> bytes:
        """A small file of a commit, past every cache."""
        from huggingface_hub.utils import (  # type: ignore[attr-defined]
            build_hf_headers,
            get_session,
            hf_raise_for_status,
        )

        url = f"{self.api.endpoint}/datasets/{self.repo}/resolve/{oid}/{path}"

        def get() -> bytes:
            answer = get_session().get(url, headers=build_hf_headers(token=self.token))
            hf_raise_for_status(answer)
            return bytes(answer.content)

        return self.ask(get)

    def told(self, oid: str, there: Listing) -> dict[str, Any]:
        """The manifest of the publication at a commit; empty where there is none."""
        return manifest_of(self.read(oid, MANIFEST)) if MANIFEST in there else {}

    def readme(self, oid: str, there: Listing) -> str | None:
        return self.read(oid, README).decode("utf-8", "replace") if README in there else None

    def since(self, revision: str, oid: str | None) -> list[tuple[str, str]]:
        """Commits after `oid`, or all of them: oid and title, the newest first."""
        found = self.ask(
            lambda: self.api.list_repo_commits(self.repo, repo_type="dataset", revision=revision)
        )
        pairs = [(one.commit_id, one.title) for one in found]
        known = [at for at, _ in pairs]
        return pairs[: known.index(oid)] if oid in known else pairs

    def tags(self) -> dict[str, str]:
        refs = self.ask(lambda: self.api.list_repo_refs(self.repo, repo_type="dataset"))
        return {one.name: one.target_commit for one in refs.tags}

    def tag(self, name: str, oid: str) -> None:
        """Tag a commit. One that is there already is not moved: see `tags`."""

        def make() -> None:
            try:
                self.api.create_tag(self.repo, tag=name, revision=oid, repo_type="dataset")
            except Exception as error:
                if status_of(error) != 409:
                    raise

        self.ask(make)

    def branch(self, name: str, oid: str) -> None:
        self.ask(
            lambda: self.api.create_branch(
                self.repo, branch=name, revision=oid, repo_type="dataset", exist_ok=True
            )
        )

    def commit(
        self,
        revision: str,
        parent: str,
        add: Iterable[File],
        delete: Sequence[str],
        title: str,
        description: str,
        *,
        as_pull: bool = False,
    ) -> str:
        """One commit of everything on `parent`, and nothing where the branch is no longer there: its oid.

        Large files are sent first, and are nothing that anybody sees. May raise although it was done.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        operations: list[Any] = []
        for file in add:
            source = file.source if isinstance(file.source, bytes) else str(file.source)
            adding = CommitOperationAdd(path_in_repo=file.path, path_or_fileobj=source)
            adding.upload_info.sha256 = bytes.fromhex(file.sha256)  # examined before: not hashed again
            operations.append(adding)
        operations += [CommitOperationDelete(path_in_repo=path, is_folder=False) for path in delete]
        return self.api.create_commit(
            self.repo,
            operations,
            commit_message=title,
            commit_description=description,
            repo_type="dataset",
            revision=revision,
            parent_commit=parent,
            create_pr=as_pull,
        ).oid

    def pulls(self) -> list[tuple[int, str]]:
        """Open pull requests: number and title."""
        found = self.ask(
            lambda: list(
                self.api.get_repo_discussions(
                    self.repo,
                    repo_type="dataset",
                    discussion_type="pull_request",
                    discussion_status="open",
                )
            )
        )
        return [(one.num, one.title) for one in found]

    def merge(self, number: int) -> None:
        self.api.merge_pull_request(self.repo, number, repo_type="dataset")


def _entry(one: Any) -> Entry:
    return Entry(one.size, one.lfs.sha256 if one.lfs else None, None if one.lfs else one.blob_id)
