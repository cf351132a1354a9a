"""Objects below one URL: read, written whole or not at all, made only where there is none."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from winnow.steps.errors import MissingError
from winnow.steps.storage.patience import PATIENCE, patient, unreachable
from winnow.steps.storage.url import options_of, split

_ANSWER = timedelta(seconds=30)  # without a byte
_CONNECT = timedelta(seconds=5)
_UNDECIDED = (0.05, 0.2, 0.5, 1.0, 2.0)  # seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Version:
    """An object as it is now: its tag, and when the store says that it was written."""

    tag: str
    at: datetime


class Bucket:
    """The objects below a URL; names are relative to it.

    A store that fails or is away is asked again for a minute. Everything raises MissingError after that, or
    where it refuses, with a message for the user.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def _store(self) -> Any:
        from obstore.store import S3Store

        bucket, prefix = split(self.url)
        # `patient` knows what is safe to repeat.
        retry: Any = {"max_retries": 0, "retry_timeout": timedelta(0)}
        return S3Store(bucket, prefix=prefix, retry_config=retry, **_client())

    def put(self, name: str, data: bytes | Path) -> None:
        """Write an object; whoever reads finds the old one or the new one."""
        import obstore

        self._asked(lambda: obstore.put(self._store, name, data))

    def create(self, name: str, data: bytes) -> bool:
        """Make an object that is not there yet.

        Returns:
            False, and nothing is written, where there is another one. One with this very content is taken
            for ours: a store may have written it, and its answer been lost.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError

        for wait in _UNDECIDED:
            try:
                self._asked(lambda: obstore.put(self._store, name, data, mode="create", use_multipart=False))
            except AlreadyExistsError:
                if (found := self.get(name)) is not None:
                    return found == data
                time.sleep(wait)  # two came at once, and S3 told both to try again
            else:
                return True
        raise MissingError(f"{self.url}/{name}: the store says that it is there, and does not show it")

    def replace(self, name: str, data: bytes, version: Version) -> bool:
        """Write an object if it is still this version of it.

        Returns:
            False, and nothing is written, where somebody else wrote it since.
        """
        import obstore
        from obstore.exceptions import AlreadyExistsError, PreconditionError

        mode: Any = {"e_tag": version.tag}
        try:
            self._asked(lambda: obstore.put(self._store, name, data, mode=mode, use_multipart=False))
        except (AlreadyExistsError, PreconditionError, FileNotFoundError):
            return self.get(name) == data
        return True

    def get(self, name: str) -> bytes | None:
        """What an object holds; None where there is none."""
        found = self.look(name)
        return None if found is None else found[0]

    def look(self, name: str) -> tuple[bytes, Version] | None:
        """What an object holds, and which version of it that is."""
        import obstore

        def read() -> tuple[bytes, Version]:
            found = obstore.get(self._store, name)
            meta = found.meta
            return bytes(found.bytes()), Version(str(meta["e_tag"]), meta["last_modified"])

        try:
            return self._asked(read)
        except FileNotFoundError:
            return None

    def names(self, folder: str, after: str | None = None) -> Iterator[str]:
        """The names below a folder, or all, in their order; those after one of them."""
        import obstore

        def listed() -> list[str]:
            pages = obstore.list(self._store, folder, offset=after)
            return sorted(one["path"] for page in pages for one in page)

        yield from self._asked(listed)

    def drop(self, *names: str) -> None:
        """Delete objects; one that is not there is no trouble."""
        import obstore

        for name in names:
            try:
                self._asked(lambda name=name: obstore.delete(self._store, name))  # type: ignore[misc]
            except FileNotFoundError:
                continue

    def _asked(self, call: Callable[[], T]) -> T:
        """As `call`, patiently; that an object is there, is not, or is another one, is left to the caller."""
        from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError

        try:
            return patient(call)
        except (BaseError, OSError) as broken:
            expected = isinstance(broken, AlreadyExistsError | PreconditionError | FileNotFoundError)
            if expected and "NoSuchBucket" not in str(broken):
                raise
            raise unreachable(self.url, broken) from None


def file_system() -> Any:
    """Every bucket as one file system of fsspec, whose paths begin with the bucket's name."""
    from obstore import fsspec

    make: Any = fsspec.FsspecStore  # its overloads are of protocols
    retry = {"max_retries": 10, "retry_timeout": timedelta(seconds=PATIENCE)}
    return make("s3", retry_config=retry, skip_instance_cache=True, **_client())


def _client() -> dict[str, Any]:
    options = options_of()
    http = options.pop("aws_allow_http", "false") == "true"
    asked = {"allow_http": http, "timeout": _ANSWER, "connect_timeout": _CONNECT}
    return {"config": options, "client_options": asked}
