"""A database in sqlite on which a query can do nothing but read, and only for so long."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from winnow.verifiers.sql.limits import MEMORY, Answer, Budget, QueryError, SourceError

_STEPS = 200  # of sqlite's machine, between two looks at the clock
_LONGEST = 1_000_000  # bytes of a value or a row
_READING = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
_FOREIGN = frozenset({sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH})
_WIDTH = re.compile(r"%[^%a-zA-Z]*?(\d{6,}|\*)")
_MOST_WORK = 100_000_000  # comparisons of characters in one call of a function
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: _LONGEST,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1000,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}


class SqliteDatabase:
    """An open database; `run` answers a query."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, query: str, budget: Budget) -> Answer:
        """The rows of one SELECT.

        Raises:
            QueryError: the query is wrong, does something else, or takes too much.
        """
        connection = self._connection
        connection.set_progress_handler(budget.is_spent, _STEPS)
        try:
            with budget, closing(connection.execute(query)) as cursor:
                rows = budget.collect(cursor)
                columns = tuple(str(one[0]) for one in cursor.description or ())
        except (sqlite3.Error, sqlite3.Warning, ValueError) as wrong:
            raise budget.spent if budget.is_spent() else QueryError(_told(wrong)) from None
        except (MemoryError, OverflowError):
            raise QueryError("takes too much memory") from None
        return Answer(columns, rows)


@contextmanager
def open_sqlite(schema: str | None, path: str | None, budget: Budget) -> Iterator[SqliteDatabase]:
    """A fresh database in memory that `schema` fills, or the file at `path`, read-only.

    The limit on memory is that of sqlite in this whole process, once set.

    Raises:
        SourceError: there is no such file, it is no database, or the script does not run.
    """
    connection = _filled(schema, budget) if schema is not None else _opened(path or "")
    helper = sqlite3.connect(":memory:")
    try:
        _confine(connection, helper)
        yield SqliteDatabase(connection)
    finally:
        connection.close()
        helper.close()


def _opened(path: str) -> sqlite3.Connection:
    file = Path(path).expanduser()
    if not file.is_file():
        raise SourceError(f"no database at {path!r}")
    try:
        connection = sqlite3.connect(
            f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None
        )
        connection.execute("SELECT count(*) FROM sqlite_master").close()
    except sqlite3.Error as broken:
        raise SourceError(f"{path!r} cannot be opened with sqlite: {broken}") from None
    return connection


def _filled(schema: str, budget: Budget) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _limit_memory(connection)
    connection.set_authorizer(_may_fill)
    connection.set_progress_handler(budget.is_spent, _STEPS)
    try:
        with budget:
            connection.executescript(schema)
            if connection.in_transaction:
                connection.execute("COMMIT").close()
    except (sqlite3.Error, sqlite3.Warning, ValueError, MemoryError) as broken:
        connection.close()
        raise SourceError(f"the schema does not run: {broken or 'out of memory'}") from None
    connection.set_authorizer(None)
    return connection


def _confine(connection: sqlite3.Connection, helper: sqlite3.Connection) -> None:
    _limit_memory(connection)
    connection.execute("PRAGMA query_only = 1").close()
    connection.text_factory = _text
    for table in ("json_each", "json_tree"):  # their first use is a change of the schema to the authorizer
        try:
            connection.execute(f"SELECT 1 FROM {table}('[]')").close()
        except sqlite3.Error:
            break  # an sqlite without JSON
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
        helper.setlimit(limit, value)
    for name, guard in _GUARDS.items():
        connection.create_function(name, -1, _guarded(helper, name, guard), deterministic=True)
    connection.set_authorizer(_may_read)


def _limit_memory(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA hard_heap_limit = {MEMORY}").close()
    connection.execute("PRAGMA temp_store = MEMORY").close()


def _may_fill(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    denied = action in _FOREIGN or (action == sqlite3.SQLITE_PRAGMA and first != "foreign_keys")
    denied |= action == sqlite3.SQLITE_FUNCTION and second == "load_extension"
    return sqlite3.SQLITE_DENY if denied else sqlite3.SQLITE_OK


def _may_read(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
    allowed = action in _READING and not (action == sqlite3.SQLITE_FUNCTION and second == "load_extension")
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _told(wrong: Exception) -> str:
    told = str(wrong)
    return "asks too much of a function" if told.startswith("user-defined function") else told


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _narrow(*values: Any) -> bool:
    """Whether a format asks for no field of a million characters, which would be filled one by one."""
    wide = _WIDTH.search(values[0]) if values and isinstance(values[0], str) else None
    if wide is None:
        return True
    return wide[1] == "*" and not any(isinstance(one, int) and abs(one) >= 10**5 for one in values)


def _short(*values: Any) -> bool:
    """Whether two texts are short enough to be compared at every place."""
    lengths = [len(one) for one in values if isinstance(one, str | bytes)]
    return len(lengths) < 2 or lengths[0] * lengths[1] <= _MOST_WORK


_GUARDS: dict[str, Callable[..., bool]] = {
    "printf": _narrow,
    "format": _narrow,
    "instr": _short,
    "replace": _short,
    "trim": _short,
    "ltrim": _short,
    "rtrim": _short,
}


def _guarded(helper: sqlite3.Connection, name: str, guard: Callable[..., bool]) -> Callable[..., Any]:
    """sqlite's own function `name`, refused where one call of it would run for seconds."""

    def call(*values: Any) -> Any:
        if not guard(*values):
            raise ValueError(f"{name}: too much work")
        marks = ", ".join("?" * len(values))
        return helper.execute(f"SELECT {name}({marks})", values).fetchone()[0]

    return call
