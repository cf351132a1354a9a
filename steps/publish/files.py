"""The files of a publication, and how two of them are told apart without reading them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class File:
    """One file by its path in the publication: bytes, or a file of this machine."""

    path: str
    source: bytes | Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: str, content: bytes) -> File:
        return cls(path, content, len(content), hashlib.sha256(content).hexdigest())

    def read(self) -> bytes:
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    @cached_property
    def git_oid(self) -> str:
        """The name that git gives to it.

        >>> File.of("a", b"hello").git_oid
        'b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0'
        """
        return hashlib.sha1(b"blob %d\0" % self.size + self.read(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as a place lists it: its size, and one of its hashes."""

    size: int
    sha256: str | None = None
    git_oid: str | None = None

    def is_of(self, file: File) -> bool:
        if self.size != file.size:
            return False
        if self.sha256 is not None:
            return self.sha256 == file.sha256
        return self.git_oid == file.git_oid


Files = Mapping[str, File]
Listing = Mapping[str, Entry]
