"""What the files of a batch say, however they are broken."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.engine.batch.results import Line, Results, reply_at, results_of
from winnow.steps.engine.failures import Passing, Rejected


def line(name: Any, response: Any = None, error: Any = None) -> str:
    return json.dumps({"custom_id": name, "response": response, "error": error})


def said(text: str) -> dict[str, Any]:
    return {"status_code": 200, "body": {"choices": [{"message": {"content": text}}]}}


def read(folder: Path, output: str, errors: str = "") -> Results:
    (folder / "output").write_text(output, encoding="utf-8")
    (folder / "errors").write_text(errors, encoding="utf-8")
    return results_of([folder / "output", folder / "errors", folder / "none"])


def text(results: Results, name: str) -> str:
    found = results.outcomes[name]
    assert isinstance(found, Line)
    return reply_at(found).said[0].text


def test_in_any_order_and_twice(tmp_path: Path) -> None:
    """The first answer counts, and any answer more than a trouble, wherever that stands."""
    failed = line("b", {"status_code": 500, "body": {}})
    output = [failed, line("c", said("three")), line("b", said("zwei é")), line("a", said("one")), failed]
    found = read(tmp_path, "\n".join([*output, line("a", said("again"))]), failed)
    assert {name: text(found, name) for name in "abc"} == {"a": "one", "b": "zwei é", "c": "three"}
    assert sorted(found.answered) == ["a", "b", "c"]
    assert (found.lines, found.garbage) == (7, 0)


def test_troubles(tmp_path: Path) -> None:
    rows = {
        "busy": line("busy", {"status_code": 429, "body": {"error": {"message": "slow"}}}),
        "refused": line("refused", {"status_code": 400, "body": {"error": {"message": "no\x1b[31m"}}}),
        "denied": line("denied", {"status_code": 403, "body": "never"}),
        "late": line("late", None, {"code": "batch_expired", "message": "too late"}),
        "empty": line("empty"),
        "odd": line("odd", {"status_code": "200", "body": {}}),
        "blank": line("blank", {"status_code": 200, "body": None}),
    }
    found = read(tmp_path, "", "\n\n".join(rows.values())).outcomes
    again = {name for name, outcome in found.items() if isinstance(outcome, Passing)}
    assert again == {"busy", "late", "empty", "odd", "blank"}
    assert isinstance(found["refused"], Rejected)
    assert "\x1b" not in str(found["refused"])
    assert type(found["denied"]) is Rejected
    assert "batch_expired: too late" in str(found["late"])


@pytest.mark.parametrize("broken", ["{", "[]", "7", "null", '"a"', '{"custom_id": 7}', '{"x": 1}', "\x00"])
def test_garbage(tmp_path: Path, broken: str) -> None:
    found = read(tmp_path, f"{broken}\n{line('a', said('one'))}\n")
    assert text(found, "a") == "one"
    assert (found.lines, found.garbage) == (2, 1)


def test_an_answer_that_is_none(tmp_path: Path) -> None:
    """It is found out when it is read: then the request goes into another batch."""
    found = read(tmp_path, line("a", {"status_code": 200, "body": {"choices": []}})).outcomes["a"]
    assert isinstance(found, Line)
    with pytest.raises(Passing):
        reply_at(found)


@given(st.binary(max_size=300))
def test_any_bytes(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any"
    path.write_bytes(content)
    assert not list(results_of([path]).answered)
