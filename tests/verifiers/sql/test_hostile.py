"""Queries made to harm, through a real pool: each fails in time, nothing is written, the next is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from winnow.verifiers import VerifierPool

SCHEMA = "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, 'y')"
REFERENCE = {"sql": "SELECT count(*) FROM t", "schema": SCHEMA}
GOOD = (REFERENCE, "SELECT count(a) FROM t")
ENDLESS = "WITH RECURSIVE x(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT"
CROSS = ", ".join(f"t t{place}" for place in range(40))

BOTH = [
    (f"{ENDLESS} count(*) FROM x", "took more than 1 s of CPU time"),
    (f"{ENDLESS} n FROM x", "gives more than 10000 rows"),
    (f"SELECT count(*) FROM {CROSS}", "took more than 1 s of CPU time"),
    ("SELECT randomblob(1000000000)", "calls randomblob()"),
    ("SELECT zeroblob(1000000000)", ""),
    ("SELECT printf('%.*c', 1000000000, 'x')", ""),
    ("SELECT * FROM read_csv('/etc/passwd')", ""),
    ("SELECT * FROM '/etc/passwd'", ""),
    ("COPY t TO '{folder}/stolen.csv'", "no SELECT statement"),
    ("ATTACH '{folder}/stolen.db' AS z", "no SELECT statement"),
    ("VACUUM INTO '{folder}/stolen.db'", "no SELECT statement"),
    ("EXPORT DATABASE '{folder}/stolen'", "no SELECT statement"),
    ("PRAGMA table_info(t)", "no SELECT statement"),
    ("INSTALL httpfs", "no SELECT statement"),
    ("SELECT 3; DROP TABLE t", ""),
    ("WITH z AS (DELETE FROM t RETURNING 1) SELECT 3 FROM z", ""),
    ("SELECT load_extension('x')", ""),
    ("SELECT 3 FROM t ORDER BY RANDOM()", "calls random()"),
    ("SELECT " + "(" * 9000 + "3" + ")" * 9000, ""),
    ("SELECT " + "1+" * 9000 + "1", ""),
    ("SELECT " + "x" * 1_000_000, "a query of more than 20000 characters"),
    ("SELECT\0 3", "the query holds a character that no query can hold"),
    ("SELECT '\ud800'", "the query holds a character that no query can hold"),
    ("`" * 500_000, ""),
]
SQLITE = [
    ("SELECT printf('%1000000000s', '')", "asks too much of a function"),
    ("SELECT format('%.' || '1000000000d', 1)", "asks too much of a function"),
    ("SELECT instr(hex(zeroblob(400000)), hex(zeroblob(200000)) || '1')", "asks too much of a function"),
    ("SELECT trim(hex(zeroblob(400000)), hex(zeroblob(400000)))", "asks too much of a function"),
    ("SELECT replace(hex(zeroblob(400000)), '0', hex(zeroblob(100)))", "asks too much of a function"),
    (
        "WITH RECURSIVE x(n, s) AS (SELECT 1, zeroblob(900000) UNION ALL"
        " SELECT n + 1, zeroblob(900000 - n) FROM x) SELECT count(*) FROM (SELECT DISTINCT s FROM x)",
        "takes too much memory",
    ),
    ("SELECT * FROM pragma_database_list", "not authorized"),
    ("SELECT readfile('/etc/passwd')", "no such function"),
]
DUCKDB = [
    ("SELECT repeat('a', 1000000000)", "Out of Memory Error"),
    ("SELECT range(1000000000)", "Out of Memory Error"),
    ("SELECT string_agg(repeat('a', 1000), '') FROM range(10000000)", "Out of Memory Error"),
    ("SELECT * FROM read_text('/etc/passwd')", "Permission Error"),
    ("SELECT * FROM glob('/etc/*')", "Permission Error"),
    ("FROM query('SELECT 3')", "calls query()"),
    ("SELECT 3 FROM pragma_database_list, duckdb_secrets(", "Parser Error"),
]


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
async def test_hostile_queries(engine: str, tmp_path: Path) -> None:
    queries = BOTH + (SQLITE if engine == "sqlite" else DUCKDB)
    spec = {"type": "sql", "engine": engine, "seconds": 1}
    async with VerifierPool(spec, workers=1, deadline=60) as pool:
        (good,) = await pool.judge([GOOD])
        for query, reason in queries:
            told = query.replace("{folder}", str(tmp_path))
            (verdict, after) = [(await pool.judge([one]))[0] for one in ((REFERENCE, told), GOOD)]
            assert verdict.status == "fail", (query[:60], verdict)
            assert reason in verdict.reason, (query[:60], verdict)
            assert len(verdict.reason) <= 200
            assert good == after
            assert after.status == "pass"
    assert not list(tmp_path.iterdir())
