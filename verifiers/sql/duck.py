"""A database in duckdb on which a query can do nothing but read, and only for so long."""

from __future__ import annotations

import importlib
import importlib.util
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from winnow.verifiers.sql.limits import MEMORY, Answer, Budget, QueryError, SourceError

_LOOK = 0.02  # seconds between two looks at the clock
_AT_ONCE = 50  # rows
_CONFIG = {
    "threads": "1",
    "memory_limit": f"{MEMORY // 1024**2}MiB",
    "max_temp_directory_size": "0KB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}


def is_installed() -> bool:
    return importlib.util.find_spec("duckdb") is not None


class DuckDatabase:
    """An open database; `run` answers a query."""

    def __init__(self, connection: Any, duckdb: Any) -> None:
        self._connection, self._duckdb = connection, duckdb

    def run(self, query: str, budget: Budget) -> Answer:
        """The rows of one SELECT.

        Raises:
            QueryError: the query is wrong, does something else, or takes too much.
        """
        duckdb, connection = self._duckdb, self._connection
        try:
            statements = connection.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise QueryError("not one SELECT statement")
            with _watched(connection, budget):
                connection.execute(statements[0])
                columns = tuple(str(one[0]) for one in connection.description or ())
                return Answer(columns, budget.collect(_fetched(connection)))
        except duckdb.Error as wrong:
            if budget.is_spent():
                raise budget.spent from None
            raise QueryError(str(wrong).partition("\n")[0]) from None
        except (MemoryError, RuntimeError, ValueError, OverflowError) as wrong:
            raise QueryError(f"cannot be answered: {type(wrong).__name__}") from None


@contextmanager
def open_duckdb(schema: str | None, path: str | None, budget: Budget) -> Iterator[DuckDatabase]:
    """A fresh database in memory that `schema` fills, or the file at `path`, read-only.

    Raises:
        SourceError: there is no such file, it is no database, or the script does not run.
    """
    duckdb: Any = importlib.import_module("duckdb")
    if path is not None and not Path(path).expanduser().is_file():
        raise SourceError(f"no database at {path!r}")
    where = ":memory:" if path is None else str(Path(path).expanduser())
    try:
        connection = duckdb.connect(where, read_only=path is not None, config=_CONFIG)
    except duckdb.Error as broken:
        raise SourceError(
            f"{path!r} cannot be opened with duckdb: {str(broken).partition(chr(10))[0]}"
        ) from None
    try:
        try:
            # Only now: a database that may touch no file cannot be opened from one.
            connection.execute("SET enable_external_access = false")
            if schema is not None:
                with _watched(connection, budget):
                    connection.execute(schema)
            connection.execute("SET lock_configuration = true")
            connection.execute("BEGIN TRANSACTION READ ONLY")
        except (duckdb.Error, MemoryError) as broken:
            raise SourceError(f"the schema does not run: {str(broken).partition(chr(10))[0]}") from None
        yield DuckDatabase(connection, duckdb)
    finally:
        connection.close()


def _fetched(connection: Any) -> Iterator[tuple[Any, ...]]:
    while rows := connection.fetchmany(_AT_ONCE):
        yield from rows


@contextmanager
def _watched(connection: Any, budget: Budget) -> Iterator[None]:
    """Interrupt what runs on `connection` as soon as the budget is spent."""
    done, clock = threading.Event(), _clock_of_this_thread()

    def watch() -> None:
        while not done.wait(_LOOK):
            if budget.is_spent(clock()):
                connection.interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    with budget:
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _clock_of_this_thread() -> Callable[[], float]:
    """`time.thread_time` of the thread that calls this, for another; wall time where a system has no such."""
    if hasattr(time, "pthread_getcpuclockid"):
        clock = time.pthread_getcpuclockid(threading.get_ident())
        return lambda: time.clock_gettime(clock)
    shift = time.thread_time() - time.monotonic()
    return lambda: time.monotonic() + shift
