"""What holds of every verifier for any text."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from winnow.verifiers import Status, load
from winnow.verifiers.verdict import LONGEST

SPECS: list[dict[str, Any]] = [
    {"type": "number", "answer": 7},
    {"type": "number", "answer": "1/3", "tolerance": 0.5},
    {"type": "exact", "answer": ["7", "a b"], "ignore_case": True, "collapse_blanks": True},
    {"type": "regex", "pattern": r"\d+|[a-z]{3}"},
    {"type": "regex", "pattern": r"\w+", "full": True},
    {"type": "required_words", "words": ["a", "7"]},
    {"type": "forbidden_words", "words": ["a", "7"]},
    {"type": "word_count", "min": 2, "max": 4},
    {"type": "sentence_count", "min": 2, "max": 3},
    {"type": "character_count", "max": 20},
    {"type": "forbidden_characters", "characters": ",7"},
    {"type": "line_count", "max": 2},
    {"type": "paragraph_count", "max": 2},
    {"type": "json_object", "keys": ["a"]},
    {"type": "json_object", "keys": ["a"], "only": False},
    {"type": "list_items", "count": 2},
    {"type": "letter_case", "case": "upper"},
    {"type": "starts_with", "prefix": "a", "ignore_case": True},
    {"type": "ends_with", "suffix": "a"},
    {"type": "not", "of": {"type": "word_count", "max": 2}},
    {"type": "any", "of": [{"type": "word_count", "max": 2}, {"type": "regex", "pattern": "7"}]},
]
JUDGES = [load(spec) for spec in SPECS]

PIECES = [
    *(
        "1. ",
        "- ",
        '{"a": 1}',
        "```json\n",
        "\n```",
        "7",
        "1,234",
        "3/4",
        "\\frac{1}{3}",
        "e9",
        "-",
        "$",
        "^",
    ),
    *(
        ". ",
        "!",
        "\n\n",
        "\x1b[31m",
        "\0",
        "\u202e",
        "\ud800",
        "½",
        "10^8",
        "Dr. ",
        "a",
        "a b",
        "  ",
        "\t",
        "é",
    ),
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=30).map("".join))


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_any_text_gets_a_verdict_and_the_same_one_again(text: str) -> None:
    for judge in JUDGES:
        verdict = judge({}, text)
        assert verdict.status in (Status.PASS, Status.FAIL), verdict
        assert verdict.score is not None
        assert 0 <= verdict.score <= 1
        assert (verdict.score == 1) == (verdict.status is Status.PASS)
        assert verdict.reason or verdict.status is Status.PASS
        assert len(verdict.reason) <= LONGEST
        assert verdict == judge({}, text)


@settings(max_examples=50, deadline=None)
@given(TEXTS, st.sampled_from(["", " ", "\n", "\n \n", "\t"]), st.sampled_from(["", " ", "\n", " \n\n"]))
def test_white_space_around_is_nothing(text: str, before: str, behind: str) -> None:
    # An indent before the first item of a list belongs to the list.
    for judge in JUDGES:
        if judge.name != "list_items":
            assert judge({}, before + text.strip() + behind).status is judge({}, text.strip()).status, (
                judge.name
            )


@settings(max_examples=50, deadline=None)
@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=4), st.sampled_from(["", "$", "x = ", "is: "])
)
def test_a_number_is_itself_however_it_is_written(value: Decimal, before: str) -> None:
    judge = load("number")
    for told in (f"{value:f}", f"{value:,f}", f"{value:E}", f"**{value:f}**."):
        assert judge({"answer": str(value)}, f"First 3, then {before}{told}").status is Status.PASS
        assert judge({"answer": str(value + 1)}, f"First 3, then {before}{told}").status is Status.FAIL


@settings(max_examples=50, deadline=None)
@given(st.integers(-(10**12), 10**12), st.integers(1, 10**6), st.text(alphabet="abc .,\n", max_size=300))
def test_a_fraction_is_the_last_number_whatever_words_stand_around(
    above: int, below: int, words: str
) -> None:
    verdict = load("number")({"answer": f"{above}/{below}"}, f"2 {words}; {above}/{below} {words}")
    assert verdict.status is Status.PASS, verdict


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.none() | st.integers() | st.lists(st.floats()), max_size=5))
def test_an_object_has_its_own_keys_and_no_others(value: dict[str, Any]) -> None:
    value = json.loads(json.dumps(value).replace("NaN", "1").replace("Infinity", "2"))
    judge = load("json_object")
    for told in (json.dumps(value), json.dumps(value, indent=2, ensure_ascii=False)):
        assert judge({"keys": list(value)}, told).status is Status.PASS
        assert judge({"keys": [*value, "one more"]}, told).status is Status.FAIL
        assert judge({"keys": list(value)[1:]}, told).status is (Status.FAIL if value else Status.PASS)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.sampled_from(["a", "b c", "*d*: e"]), min_size=1, max_size=9),
    st.sampled_from(["1.", "1)", "-"]),
)
def test_a_list_has_as_many_items_as_it_was_made_of(items: list[str], mark: str) -> None:
    told = "\n".join(f"{mark.replace('1', str(place))} {item}" for place, item in enumerate(items, 1))
    for count in range(1, 11):
        expected = Status.PASS if count == len(items) else Status.FAIL
        assert load("list_items")({"count": count}, told).status is expected


HALF_MEGA = 500_000
HOSTILE = {
    "digits": "9" * HALF_MEGA,
    "blanks": " " * HALF_MEGA,
    "points": "." * HALF_MEGA + "x",
    "points apart": ". " * (HALF_MEGA // 2),
    "closing": ".)" * (HALF_MEGA // 2),
    "symbols": "-" * HALF_MEGA,
    "letters": "a" * HALF_MEGA,
    "words": "a " * (HALF_MEGA // 2),
    "lines": "\n" * HALF_MEGA,
    "blank lines": "\n \t" * (HALF_MEGA // 3),
    "items": "- a\n" * (HALF_MEGA // 4),
    "braces": "{" * HALF_MEGA,
    "objects": '{"a":' * (HALF_MEGA // 5),
    "keys": "{" + '"a":1,' * (HALF_MEGA // 6) + '"a":1}',
    "arrays": '{"a":' + "[" * HALF_MEGA,
    "fences": "```json\n" * (HALF_MEGA // 8),
    "quotes": '{"a": "' + '\\"' * (HALF_MEGA // 2),
    "escapes": "\x1b[31m" * (HALF_MEGA // 5),
    "nulls": "\0" * HALF_MEGA,
    "bidi": "\u202e" * HALF_MEGA,
    "surrogates": "\ud800" * HALF_MEGA,
    "marks": "e" + "\u0301\u0323" * (HALF_MEGA // 2),
    "initials": "A. " * (HALF_MEGA // 3),
    "tabs": "\t" * HALF_MEGA + "x",
    "fence and tabs": "```json\n" + "\n\t" * (HALF_MEGA // 2) + "```x",
    "numbers": "1. " * (HALF_MEGA // 3),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_half_a_megabyte_of_anything_is_judged_at_once(name: str) -> None:
    text = HOSTILE[name]
    for judge in JUDGES:
        began = time.process_time()
        verdict = judge({}, text)
        spent = time.process_time() - began
        assert spent < 1.5, (judge.name, spent)
        assert verdict.status in (Status.PASS, Status.FAIL), verdict
        assert len(verdict.reason) <= LONGEST
        assert len(verdict.extracted or "") <= LONGEST
