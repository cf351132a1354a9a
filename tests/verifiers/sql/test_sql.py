"""`sql`: right and wrong queries in both engines, what is compared and how, references of no use."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest

from winnow.verifiers import SpecError, Status, load

SCHEMA = """
CREATE TABLE cats (id INTEGER PRIMARY KEY, name TEXT, age INTEGER, weight DOUBLE, home INTEGER);
INSERT INTO cats VALUES (1, 'Tom', 3, 4.1, 1), (2, 'Ada', 5, 3.2, 1), (3, 'Kit', 3, 2.5, 2);
INSERT INTO cats VALUES (4, 'Bo', NULL, NULL, NULL);
CREATE TABLE homes (id INTEGER PRIMARY KEY, city TEXT);
INSERT INTO homes VALUES (1, 'Bonn'), (2, 'Oslo'), (3, 'Bern');
"""
OTHER = SCHEMA + "INSERT INTO cats VALUES (5, 'Ada', 9, 3.0, 3);"
ENGINES = ("sqlite", "duckdb")


def judged(gold: Any, completion: str, **more: Any) -> Any:
    reference = {"schema": SCHEMA, **({"sql": gold} if isinstance(gold, str) else {"rows": gold})}
    return load({"type": "sql", **more})(reference, completion)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("gold", "completion"),
    [
        ("SELECT name FROM cats", "SELECT name FROM cats ORDER BY name DESC"),
        (
            "SELECT name FROM cats WHERE age > 3",
            "```sql\nSELECT c.name AS n\nFROM cats c WHERE c.age >= 4;\n```\nDone.",
        ),
        (
            "SELECT count(*) FROM cats",
            "First:\n```sql\nSELECT 1\n```\nBetter:\n```SQL\nSELECT COUNT(id) FROM cats\n```",
        ),
        (
            "SELECT count(*) FROM cats",
            "```\nSELECT COUNT(id) FROM cats\n```\nIn Python:\n```python\nprint(1)\n```",
        ),
        ("SELECT count(*) FROM cats", "<think>```sql\nSELECT 9\n```</think>SELECT count(*) FROM cats -- all"),
        ("SELECT max(age) FROM cats", "WITH x AS (SELECT age FROM cats) SELECT max(age) FROM x"),
        ("SELECT avg(weight) FROM cats", "SELECT sum(weight) / count(weight) FROM cats"),
        ("SELECT weight FROM cats", "SELECT weight * 3 / 3 FROM cats"),
        ("SELECT age, count(*) FROM cats GROUP BY age", "SELECT age, sum(1) FROM cats GROUP BY 1"),
        ("SELECT name FROM cats ORDER BY name", "SELECT name FROM cats ORDER BY 1"),
        (
            "SELECT name, age FROM cats WHERE age < 9 ORDER BY age",
            "SELECT name, age FROM cats WHERE age < 9 ORDER BY age, id DESC",
        ),
        ("SELECT max(id) FROM cats ORDER BY 1", "SELECT max(id) FROM cats"),
        ("SELECT name FROM cats ORDER BY id DESC LIMIT 1", "SELECT name FROM cats WHERE id = 4"),
        ("SELECT id FROM (SELECT id FROM cats ORDER BY id) x", "SELECT id FROM cats"),
        ("SELECT id FROM cats WHERE 1 = 0", "SELECT name FROM cats WHERE id > 9"),
        (
            "SELECT city, row_number() OVER (ORDER BY city) FROM homes",
            "SELECT city, rank() OVER (ORDER BY city) FROM homes",
        ),
        ([["Tom", 3], ["Kit", 3]], "SELECT name, age FROM cats WHERE age = 3"),
        ([[4.1 + 3.2]], "SELECT sum(weight) FROM cats WHERE home = 1"),
        ([[None]], "SELECT age FROM cats WHERE id = 4"),
        ([], "SELECT id FROM cats WHERE id > 9"),
    ],
)
def test_right(engine: str, gold: Any, completion: str) -> None:
    verdict = judged(gold, completion, engine=engine)
    assert (verdict.status, verdict.reason) == (Status.PASS, "")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("gold", "completion", "reason"),
    [
        ("SELECT name FROM cats", "", "empty completion"),
        ("SELECT name FROM cats", "<think>SELECT name FROM cats</think>", "no query"),
        ("SELECT name FROM cats", "<think>```sql\nSELECT name FROM cats\n```", "no query"),
        ("SELECT name FROM cats", "I cannot tell.", "no SELECT statement"),
        ("SELECT name FROM cats", "SELECT name FROM cats WHERE age > 0", "3 rows, expected 4"),
        ("SELECT name FROM cats", "SELECT name, id FROM cats", "2 columns, expected 1"),
        (
            "SELECT name FROM cats",
            "SELECT upper(name) FROM cats",
            "gives the row ('TOM',), which is not expected",
        ),
        ("SELECT age FROM cats", "SELECT coalesce(age, 3) FROM cats", "other rows"),
        ("SELECT age FROM cats", "SELECT DISTINCT age FROM cats", "3 rows, expected 4"),
        (
            "SELECT age FROM cats WHERE id < 4",
            "SELECT CASE id WHEN 1 THEN 5 ELSE age END FROM cats WHERE id < 4",
            "other rows",
        ),
        ("SELECT weight FROM cats", "SELECT weight + 0.001 FROM cats", "gives the row"),
        ("SELECT name, age FROM cats", "SELECT age, name FROM cats", "gives the row"),
        ("SELECT id FROM cats", "SELECT CAST(id AS VARCHAR) FROM cats", "gives the row ('1',)"),
        (
            "SELECT name FROM cats ORDER BY name",
            "SELECT name FROM cats ORDER BY name DESC",
            "the rows are right, but in another order",
        ),
        ("SELECT id FROM cats ORDER BY id", "SELECT id FROM cats", "the rows are right, but no ORDER BY"),
        (
            "SELECT name, age FROM cats WHERE age < 9 ORDER BY age",
            "SELECT name, age FROM cats WHERE age < 9 ORDER BY age DESC",
            "the rows are right, but in",
        ),
        ([["Tom"]], "SELECT name FROM cats", "4 rows, expected 1"),
        ([[3]], "SELECT 4", "gives the row (4,), which is not expected"),
    ],
)
def test_wrong(engine: str, gold: Any, completion: str, reason: str) -> None:
    verdict = judged(gold, completion, engine=engine)
    assert (verdict.status, verdict.score) == (Status.FAIL, 0.0)
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_query_that_is_none_fails_with_what_the_engine_says(engine: str) -> None:
    for query in (
        "SELECT nme FROM cats",
        "SELECT name FROM dogs",
        "SELECT FROM",
        "SELECT sum(",
        "SELECT ?",
        "```sql\n```",
    ):
        verdict = judged("SELECT 1", query, engine=engine)
        assert verdict.status is Status.FAIL, query
        assert 0 < len(verdict.reason) <= 200
        assert "\n" not in verdict.reason


def test_settings() -> None:
    names = "SELECT name, age FROM cats ORDER BY id"
    assert judged(names, "SELECT age, name FROM cats ORDER BY id").status is Status.FAIL
    assert judged(names, "SELECT age, name FROM cats ORDER BY id", columns="any").status is Status.PASS
    assert judged(names, "SELECT age, age FROM cats ORDER BY id", columns="any").status is Status.FAIL
    assert judged(names, "SELECT age, name FROM cats ORDER BY id DESC", columns="any").status is Status.FAIL
    assert judged(names, "SELECT name, age FROM cats", ordered=False).status is Status.PASS
    unordered = "SELECT id FROM cats"
    assert judged(unordered, "SELECT id FROM cats ORDER BY id DESC", ordered=True).status is Status.FAIL
    assert (
        judged([[1], [2]], "SELECT id FROM cats WHERE id < 3 ORDER BY 1 DESC", ordered=True).status
        is Status.FAIL
    )
    assert judged("SELECT 1.0", "SELECT 1.001").status is Status.FAIL
    assert judged("SELECT 1.0", "SELECT 1.001", tolerance=0.01).status is Status.PASS
    assert judged("SELECT 1", "SELECT id FROM cats", max_rows=3).reason == "gives more than 3 rows"


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_right_by_accident_fails_on_a_second_database(engine: str) -> None:
    reference = {"sql": "SELECT count(*) FROM cats", "schema": SCHEMA}
    judge = load({"type": "sql", "engine": engine})
    for accident in (
        "SELECT 4",
        "SELECT count(DISTINCT name) FROM cats",
        "SELECT max(id) + 0 * sum(age) FROM cats",
    ):
        assert judge(reference, accident).status is Status.PASS
    both = {**reference, "schema": [SCHEMA, OTHER]}
    for accident in ("SELECT 4", "SELECT count(DISTINCT name) FROM cats"):
        verdict = judge(both, accident)
        assert verdict.status is Status.FAIL
        assert verdict.reason.startswith("database 2: gives the row (4,)")
    assert judge(both, "SELECT count(id) FROM cats").status is Status.PASS
    rows = {"schema": [SCHEMA, OTHER], "rows": [[[4]], [[5]]]}
    assert judge(rows, "SELECT count(id) FROM cats").status is Status.PASS
    assert judge(rows, "SELECT 4").status is Status.FAIL


@pytest.mark.parametrize("engine", ENGINES)
def test_a_database_in_a_file_is_read_and_stays_as_it_is(engine: str, tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=rwc#.db"
    connection: Any = sqlite3.connect(path) if engine == "sqlite" else duckdb.connect(str(path))
    (connection.executescript if engine == "sqlite" else connection.execute)(SCHEMA)
    connection.close()
    before = path.read_bytes()
    judge = load({"type": "sql", "engine": engine, "database": [str(path)] * 2})
    reference = {"sql": "SELECT count(*) FROM cats"}
    assert judge(reference, "SELECT count(id) FROM cats").status is Status.PASS
    assert judge(reference, "WITH x AS (DELETE FROM cats RETURNING 1) SELECT * FROM x").status is Status.FAIL
    assert judge(reference, "DELETE FROM cats").status is Status.FAIL
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ({"sql": "SELECT dog FROM cats", "schema": SCHEMA}, "the reference's query: "),
        ({"sql": "SELECT 1", "schema": "CREATE TABLE"}, "the schema does not run"),
        ({"sql": "SELECT 1", "database": "no/such.db"}, "no database at 'no/such.db'"),
        ({"sql": "SELECT 1", "database": __file__}, "cannot be opened"),
        ({"sql": "DROP TABLE cats", "schema": SCHEMA}, "no SELECT statement"),
        ({"sql": "SELECT random()", "schema": SCHEMA}, "calls random()"),
        (
            {
                "sql": "SELECT a.id FROM cats a, cats b, cats c, cats d, cats e, cats f, cats g",
                "schema": SCHEMA,
            },
            "more than 10000 rows",
        ),
        ({"sql": "SELECT 1"}, "'schema' or 'database'"),
        ({"schema": SCHEMA}, "'sql' or 'rows'"),
        ({"sql": "SELECT 1", "schema": SCHEMA, "database": "x.db"}, "both schema and database"),
        ({"rows": [1], "schema": SCHEMA}, "no list of rows"),
        ({"rows": [[1], [1, 2]], "schema": SCHEMA}, "1 to 2 cells"),
        ({"rows": [[1]], "schema": [SCHEMA, OTHER]}, "1 lists for 2 databases"),
        ({"sql": "SELECT 1", "schema": []}, "empty list"),
    ],
)
def test_a_reference_that_cannot_be_used_is_an_error(
    engine: str, reference: dict[str, Any], told: str
) -> None:
    for completion in ("SELECT 1", "SELECT nothing"):
        verdict = load({"type": "sql", "engine": engine})(reference, completion)
        assert verdict.status is Status.ERROR
        assert told in verdict.reason


def test_a_wrong_parameter_is_told_at_load() -> None:
    for wrong in ({"engine": "mysql"}, {"columns": "name"}, {"tolerance": "no"}, {"databse": "x"}):
        with pytest.raises(SpecError):
            load({"type": "sql", **wrong})
    for wrong in ({"tolerance": -1}, {"seconds": 0}, {"max_rows": 0}):
        with pytest.raises(SpecError, match="expected a positive number"):
            load({"type": "sql", "sql": "SELECT 1", "schema": SCHEMA, **wrong})


def test_one_engine_knows_what_the_other_does() -> None:
    """Dates, exact numbers and truth values of duckdb compare with rows as JSON has them."""
    judge = load(
        {
            "type": "sql",
            "engine": "duckdb",
            "schema": "CREATE TABLE t (a DATE); INSERT INTO t VALUES ('2024-02-29')",
        }
    )
    query = "SELECT a, 1.50::DECIMAL(9, 2), 2.00::DECIMAL(9, 2), a IS NULL, [1, 2], {'k': 1.5} FROM t"
    assert judge({"rows": [["2024-02-29", 1.5, 2, False, [1, 2], {"k": 1.5}]]}, query).status is Status.PASS
    assert judge({"rows": [["2024-02-28", 1.5, 2, False, [1, 2], {"k": 1.5}]]}, query).status is Status.FAIL
