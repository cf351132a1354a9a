"""`sql`: a query, run on given databases, gives the rows that it should."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from winnow.verifiers.registry import BadReference, Check, MissingReference, SpecError, verifier
from winnow.verifiers.sql import duck
from winnow.verifiers.sql.compare import plain
from winnow.verifiers.sql.limits import Answer, Budget, QueryError, SourceError
from winnow.verifiers.sql.query import check, order_terms, query_of
from winnow.verifiers.sql.rows import Expected, amiss, expected
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut

if TYPE_CHECKING:
    from winnow.verifiers.sql.sqlite import SqliteDatabase

_MOST_KEPT = 20_000  # cells of an expected result that is kept for the next completion


@verifier("sql")
def sql(
    sql: str | None = None,
    rows: list[Any] | None = None,
    schema: str | list[str] | None = None,
    database: str | list[str] | None = None,
    engine: Literal["sqlite", "duckdb"] = "sqlite",
    ordered: bool | None = None,
    columns: Literal["position", "any"] = "position",
    tolerance: float = 1e-9,
    max_rows: int = 10_000,
    seconds: float = 2,
) -> Check:
    """Pass where the completion's query gives the rows that the query `sql` gives, or `rows` themselves.

    Both run on each database: `schema` is a script (or a list of them) that makes and fills a fresh one in
    memory, `database` the path (or paths) of a file, relative to the working directory, opened read-only.
    With `rows` and several databases, each has its own list; where `sql` is given too, it decides. Rows are
    a multiset. They are a sequence with `ordered`, or by default where `sql` is ordered on its outside: rows
    that its ORDER BY leaves tied may come in any order if all it orders by is in the result, and a query
    that gives several different rows without an ORDER BY of its own fails. Names of columns count for
    nothing, and their order does, unless `columns` is `any`. Numbers may differ by `tolerance` times the
    larger of 1 and both, where one is a float; text is equal or not.

    The query is one SELECT (or WITH): the last block fenced as SQL, else all of the completion, never part
    of a thought. It can write nothing and read nothing but the database, calls nothing that depends on
    chance, and fails beyond `max_rows` rows, `seconds` of CPU time over all databases, or 256 MB; the same
    limits make a reference that is beyond them an error. A query that asks for today's date has another
    verdict tomorrow, and a file that changes another verdict under the same name.

    The same rows prove little on a small database: `SELECT 3` gives what `SELECT count(*) FROM t` does.
    Give several databases, made so that near misses differ (test suites: Zhong, Yu and Klein 2020, arXiv
    2010.02840), with empty tables, nulls, duplicates and ties among them.
    """
    if engine == "duckdb" and not duck.is_installed():
        raise SpecError("engine duckdb needs the package duckdb: pip install duckdb", ("engine",))
    for name, value in (("tolerance", tolerance), ("seconds", seconds), ("max_rows", max_rows)):
        if not 0 <= value < float("inf") or (not value and name != "tolerance"):
            raise SpecError(f"{name} is {value}, expected a positive number", (name,))
    sources = _sources(schema, database)
    if sql is None and rows is None:
        raise MissingReference("neither the recipe nor the reference gives 'sql' or 'rows'")
    if sql is not None:
        try:
            check(sql, engine)
        except QueryError as wrong:
            raise SpecError(f"sql: {wrong}", ("sql",)) from None
    given = None if sql is not None else expected(rows or [], len(sources), bool(ordered))
    return _Judge(engine, sources, sql, given, ordered, columns == "any", tolerance, max_rows, seconds)


@dataclass(frozen=True, slots=True)
class _Judge:
    """A check with all that it was told."""

    engine: Literal["sqlite", "duckdb"]
    sources: list[tuple[str | None, str | None]]
    sql: str | None
    given: list[Expected] | None
    ordered: bool | None
    any_columns: bool
    tolerance: float
    max_rows: int
    seconds: float
    kept: dict[int, Expected] = field(default_factory=dict)

    @property
    def golds(self) -> tuple[str, ...]:
        """Completions that must pass: the reference's own query."""
        return () if self.sql is None else (self.sql,)

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        query = query_of(completion)
        if not query:
            return Verdict.failed(EMPTY if not completion.strip() else "no query")
        wanted = [self._wanted(place) for place in range(len(self.sources))]
        budget = Budget(self.seconds, self.max_rows)
        try:
            check(query, self.engine)
            for place, one in enumerate(wanted):
                where = f"database {place + 1}: " if len(wanted) > 1 else ""
                told = self._told(place, query, one, budget)
                if told:
                    return Verdict.failed(where + told, extracted=query)
        except QueryError as wrong:
            return Verdict.failed(cut(str(wrong), 160), extracted=query)
        except SourceError as broken:
            raise BadReference(str(broken)) from None
        return Verdict.passed(extracted=query)

    def _told(self, place: int, query: str, wanted: Expected, budget: Budget) -> str | None:
        with self._open(place) as database:
            found = _plain(database.run(query, budget))
        has_order = order_terms(query, self.engine) is not None
        return amiss(found, wanted, has_order, self.any_columns, self.tolerance)

    def _wanted(self, place: int) -> Expected:
        """What the reference says that database number `place` gives."""
        if self.given is not None:
            return self.given[place]
        if place in self.kept:
            return self.kept[place]
        query = self.sql or ""
        budget = Budget(self.seconds, self.max_rows)
        try:
            with self._open(place) as database:
                answer = _plain(database.run(query, budget))
        except (QueryError, SourceError) as wrong:
            raise BadReference(f"the reference's query: {cut(str(wrong), 160)}") from None
        terms = order_terms(query, self.engine)
        ordered = terms is not None if self.ordered is None else self.ordered
        wanted = Expected.of(answer, ordered, terms or [], self.engine)
        if answer.cells <= _MOST_KEPT:
            self.kept[place] = wanted
        return wanted

    def _open(
        self, place: int
    ) -> AbstractContextManager[SqliteDatabase] | AbstractContextManager[duck.DuckDatabase]:
        schema, path = self.sources[place]
        budget = Budget(self.seconds)
        if self.engine == "duckdb":
            return duck.open_duckdb(schema, path, budget)
        from winnow.verifiers.sql.sqlite import open_sqlite

        return open_sqlite(schema, path, budget)


def _plain(answer: Answer) -> Answer:
    return Answer(answer.columns, [tuple(map(plain, row)) for row in answer.rows])


def _sources(
    schema: str | list[str] | None, database: str | list[str] | None
) -> list[tuple[str | None, str | None]]:
    if schema is None and database is None:
        raise MissingReference("neither the recipe nor the reference gives 'schema' or 'database'")
    if schema is not None and database is not None:
        raise SpecError("both schema and database are given, expected one of them", ("database",))
    if schema is not None:
        return [(one, None) for one in _several("schema", schema)]
    return [(None, one) for one in _several("database", database or [])]


def _several(name: str, told: str | list[str]) -> list[str]:
    several = [told] if isinstance(told, str) else list(told)
    if not several:
        raise SpecError(f"{name} is an empty list, expected at least one", (name,))
    return several
