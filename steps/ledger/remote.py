"""A Delta table in an object store: a version is written once since S3 takes `If-None-Match: *`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from winnow.steps.ledger.files import checkpoint, entry_name
from winnow.steps.storage.bucket import Bucket
from winnow.steps.storage.patience import unreachable
from winnow.steps.storage.url import options_of

_AT_ONCE = 8  # entries that are fetched together


class StoreFiles:
    """As `DiskFiles`, for a URL. A file is made in memory, and sent when it is whole."""

    checkpoint_every = 100  # a reader asks for every entry since

    def __init__(self, url: str) -> None:
        self._bucket = Bucket(url)
        self._sizes: dict[str, int] = {}  # of the file that was written last

    def make(self, schema: pa.Schema, configuration: dict[str, str | None]) -> int:
        url, options = self._bucket.url, options_of()
        try:
            if self._bucket.get(entry_name(0)) is None:
                self._create(schema, configuration, options)
            return DeltaTable(url, storage_options=options, without_files=True).version()
        except (DeltaError, OSError) as broken:
            raise unreachable(url, broken) from broken

    def _create(
        self, schema: pa.Schema, configuration: dict[str, str | None], options: dict[str, str]
    ) -> None:
        try:
            DeltaTable.create(
                self._bucket.url,
                schema=schema,
                mode="ignore",
                configuration=configuration,
                storage_options=options,
            )
        except DeltaError:
            if self._bucket.get(entry_name(0)) is None:  # nobody else made it meanwhile
                raise

    @contextmanager
    def written(self, name: str) -> Iterator[pa.BufferOutputStream]:
        sink = pa.BufferOutputStream()
        yield sink
        whole = sink.getvalue()
        self._sizes = {name: whole.size}
        self._bucket.put(name, whole.to_pybytes())

    def size(self, name: str) -> int:
        return self._sizes[name]

    def opened(self, name: str) -> Any:
        found = self._bucket.get(name)
        if found is None:
            raise FileNotFoundError(f"{self._bucket.url}/{name} is not there")
        return pa.BufferReader(found)

    def there(self) -> Iterator[str]:
        return (name for name in self._bucket.names("") if "/" not in name)

    def remove(self, name: str) -> None:
        self._bucket.drop(name)

    def enter(self, version: int, entry: bytes) -> bool:
        return self._bucket.create(entry_name(version), entry)

    def entries(self, version: int) -> Iterator[bytes]:
        """All that are there: another writer may be far ahead."""
        names = [
            name
            for name in self._bucket.names("_delta_log/", after=entry_name(version - 1))
            if name.endswith(".json") and name.removeprefix("_delta_log/")[:20].isdigit()
        ]
        if not names:
            raise FileNotFoundError(f"{self._bucket.url}/{entry_name(version)} is there, and is not listed")
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for name, entry in zip(names, pool.map(self._bucket.get, names), strict=True):
                if entry is None:
                    raise FileNotFoundError(f"{self._bucket.url}/{name} is not there any more")
                yield entry

    def checkpoint(self) -> None:
        checkpoint(self._bucket.url, json.dumps(options_of()))
