"""`json_schema`: what a schema allows, what no schema may do, and JSON made to harm."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest

from winnow.verifiers import SpecError, Status, VerifierPool, load
from winnow.verifiers.strict.json_keywords import ecma

CAT = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "pattern": r"^\w+$"},
        "age": {"type": "integer", "minimum": 0},
        "kittens": {"type": "array", "items": {"$ref": "#"}, "uniqueItems": True},
        "price": {"multipleOf": 0.01},
    },
    "required": ["name"],
    "additionalProperties": False,
}


def judged(schema: Any, text: str, **more: Any) -> Any:
    return load({"type": "json_schema", "schema": schema, **more})({}, text)


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        (CAT, '{"name": "Tom", "age": 3}'),
        (CAT, '```json\n{"name": "Tom",\n "age": 3.0}\n```'),
        (CAT, '\ufeff {"name": "Tom", "kittens": [{"name": "A"}, {"name": "B"}]}\n'),
        (CAT, '<think>{"age": 1}</think>{"name": "Tom"}'),
        (CAT, '{"name": "Tom", "price": 19.99}'),
        (json.dumps(CAT), '{"name": "Tom"}'),
        (True, "[1, null]"),
        ({"uniqueItems": True}, '[1, true, "1", [1], {"1": 1}]'),
        ({"const": 1}, "1.0"),
        ({"pattern": r"^(?<year>\d{4})-[\d-]+$"}, '"2020-01"'),
        ({"patternProperties": {"^x": {"type": "string"}}}, '{"y": 1, "x": "a"}'),
        ({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}, "2"),
        ({"type": "string", "format": "date"}, '"any"'),
        ({"properties": {"a": {"$ref": "http://127.0.0.1:9/none"}}}, '{"b": 1}'),
    ],
)
def test_pass(schema: Any, text: str) -> None:
    verdict = judged(schema, text)
    assert (verdict.status, verdict.reason) == (Status.PASS, "")


@pytest.mark.parametrize(
    ("schema", "text", "reason"),
    [
        (CAT, "", "empty completion"),
        (CAT, '<think>{"name": "Tom"}', "empty completion"),
        (CAT, '{"age": 3}', "$: 'name' is a required property"),
        (CAT, '{"name": "Tom", "age": -1}', "$.age: -1 is less than the minimum of 0"),
        (CAT, '{"name": "Tom", "age": true}', "$.age: True is not of type 'integer'"),
        (CAT, '{"name": "Tom", "kittens": [{}]}', "$.kittens[0]: 'name' is a required property"),
        (CAT, '{"name": "Tom", "kittens": [{"name": "A"}, {"name": "A"}]}', "$.kittens: "),
        (CAT, '{"name": "Tom", "fur": 1}', "$: Additional properties"),
        (CAT, '{"name": "Tom\\n"}', "$.name: 'Tom\\n' does not match"),
        (CAT, '{"name": "Töm"}', "$.name: 'Töm' does not match"),
        (CAT, '{"name": "Tom", "price": 19.999}', "$.price: 19.999 is no multiple of 0.01"),
        (CAT, '{"name": "Tom", "name": "Tim"}', "not JSON: a key is there twice"),
        (CAT, '{"name": "Tom", "age": NaN}', "not JSON: NaN is no JSON value"),
        (CAT, '{"name": "Tom", "age": -Infinity}', "not JSON: -Infinity is no JSON value"),
        (CAT, '{"name": "Tom", "age": 1e999}', "not JSON: 1e999 is beyond any float"),
        (CAT, f'{{"name": "Tom", "age": {"9" * 5000}}}', "not JSON: a number of more than 1000 digits"),
        (CAT, 'Sure: {"name": "Tom"}', "not JSON: "),
        (CAT, '{"name": "Tom"} {"name": "Tom"}', "not JSON: "),
        (CAT, '```json\n{"name": "Tom"}', "not JSON: "),
        (False, "1", "$: False schema does not allow 1"),
        ({"enum": [1]}, "true", "$: True is not one of [1]"),
        ({"uniqueItems": True}, "[1, 1.0]", "$: [1, 1.0] has an item twice"),
        ({"patternProperties": {"^x$": {"type": "string"}}}, '{"x": 1}', "$.x: 1 is not of type 'string'"),
        (CAT, '{"name":' * 60 + "1" + "}" * 60, "nested more than 50 deep"),
        (CAT, "[" * 100_000, "not JSON: nested too deeply"),
        (CAT, '"' + "a" * 1_000_001 + '"', "more than 1000000 characters"),
    ],
)
def test_fail(schema: Any, text: str, reason: str) -> None:
    verdict = judged(schema, text)
    assert (verdict.status, verdict.score) == (Status.FAIL, 0.0)
    assert verdict.reason.startswith(reason)


def test_the_first_object_of_a_text_counts_where_that_is_asked_for() -> None:
    text = 'Here: {"name": "Tom"}. Bye {"name": 1}'
    assert judged(CAT, text, only=False).extracted == '{"name": "Tom"}'
    assert judged(CAT, text).status is Status.FAIL
    assert judged(CAT, '{"name": 1}, {"name": "Tom"}', only=False).status is Status.FAIL


@pytest.mark.parametrize(
    ("schema", "told"),
    [
        ({"type": "objekt"}, r"schema\.type: 'objekt' is not valid"),
        ("{", "schema is no JSON"),
        ("[1]", "neither an object nor true or false"),
        ({"$schema": "http://example.org/mine"}, "no draft is called"),
        ({"$ref": "#"}, "refers to itself without end"),
        ({"$ref": "#/$defs/none"}, "leads nowhere"),
        ({"$ref": "http://127.0.0.1:9/none"}, "leads nowhere"),
        ({"$ref": "file:///etc/hostname"}, "leads nowhere"),
        ({"pattern": "("}, "no regular expression"),
        ({"patternProperties": {"[": True}}, "no regular expression"),
        (json.loads('{"not":' * 100 + "true" + "}" * 100), "nested more than 50 deep"),
    ],
)
def test_a_wrong_schema_is_told_at_load_and_is_an_error_in_a_reference(schema: Any, told: str) -> None:
    with pytest.raises(SpecError, match=told):
        load({"type": "json_schema", "schema": schema})
    verdict = load("json_schema")({"schema": schema}, "{}")
    assert verdict.status is Status.ERROR


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "create_connection", refused)
    schema = {"properties": {"a": {"$ref": "https://example.org/a.json"}}}
    verdict = judged(schema, '{"a": 1}')
    assert verdict.status is Status.ERROR
    assert "leads nowhere" in verdict.reason


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("^a$", "a\n", False),
        ("[$]", "$", True),
        (r"\$", "$", True),
        (r"^\d$", "٣", False),
        (r"^[\d]$", "3", True),
        (r"^\D$", "٣", True),
        (r"^\W$", "é", True),
        (r"\bb", "éb", True),
        (r"^[^\w]$", "é", True),
        (r"^[[]$", "[", True),
        (r"^a\/b$", "a/b", True),
        (r"(?<!a)b", "cb", True),
        (r"^(?<x>a)$", "a", True),
        ("^.$", "\u2028", False),
    ],
)
def test_patterns_are_those_of_ecma_262(pattern: str, text: str, found: bool) -> None:
    assert bool(ecma(pattern).search(text)) is found


def test_a_deep_value_and_a_branching_schema_end_in_a_verdict() -> None:
    tree = {
        "anyOf": [{"type": "integer"}, {"allOf": [{"oneOf": [{"items": {"$ref": "#"}, "type": "array"}]}]}]
    }
    for depth in (10, 49):
        assert judged(tree, "[" * depth + "1" + "]" * depth).status in (Status.PASS, Status.FAIL)
    assert judged(tree, "[" * 10 + '"a"' + "]" * 10).status is Status.FAIL


async def test_hostile_json_is_answered_in_a_worker_and_the_next_is_right() -> None:
    schema = {"type": "array", "uniqueItems": True, "items": {"type": ["integer", "string", "array"]}}
    hostile = [
        "[" * 1_000_000,
        "[" + ",".join(f"[{n}]" for n in range(100_000)) + "]",
        "[" + "9" * 900_000 + "]",
        "[1e-999999999]",
        '["' + "\\ud800" * 100_000 + '"]',
        "{" * 500_000,
        "```json\n" * 100_000,
    ]
    slow = ({"schema": {"pattern": "^(a+)+$"}}, '"' + "a" * 50 + '!"')
    good = ({"schema": schema}, '[1, "a"]')
    async with VerifierPool("json_schema", workers=1, deadline=20, memory=1024**3) as pool:
        verdicts = await pool.judge([({"schema": schema}, text) for text in hostile])
    assert all(verdict.status in ("pass", "fail") for verdict in verdicts)
    async with VerifierPool("json_schema", workers=1, deadline=1.5) as pool:
        assert [one.status for one in await pool.judge([slow, good])] == ["error", "pass"]
