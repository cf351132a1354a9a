"""Each strict test by its table: what passes, what fails and why, what is an error."""

from __future__ import annotations

import json

import pytest

from winnow.verifiers import SpecError, Status, load

WORDS = {"type": "required_words", "words": ["cat", "lamp"]}
NO_WORDS = {"type": "forbidden_words", "words": ["cat", "very good"]}
COUNT = {"type": "word_count", "min": 2, "max": 4}
ONE = {"type": "sentence_count", "min": 1, "max": 1}
TWO = {"type": "sentence_count", "min": 2, "max": 2}
NO_COMMA = {"type": "forbidden_characters", "characters": ","}
JSON = {"type": "json_object", "keys": ["a", "b"]}
LOOSE_JSON = {**JSON, "only": False}
THREE = {"type": "list_items", "count": 3}
NUMBERED = {**THREE, "style": "numbered"}
BULLETS = {"type": "list_items", "count": 2, "style": "bullets"}
DIGITS = {"type": "regex", "pattern": r"\d+"}
FULL = {"type": "regex", "pattern": r"[a-z]+", "full": True}
UPPER = {"type": "letter_case", "case": "upper"}
STARTS = {"type": "starts_with", "prefix": "Dear"}
ENDS = {"type": "ends_with", "suffix": "The end."}


@pytest.mark.parametrize(
    ("spec", "completion"),
    [
        (WORDS, "The cat is under the lamp."),
        (WORDS, "LAMP, Cat!"),
        (WORDS, "cat\nlamp"),
        (WORDS, "'cat' (lamp)"),
        ({**WORDS, "ignore_case": False}, "cat lamp"),
        ({"type": "required_words", "words": ["C++", "New York"]}, "C++ in New\n York."),
        ({"type": "required_words", "words": ["naïve", "猫"]}, "naïve 猫 "),
        (NO_WORDS, "The cats are good."),
        (NO_WORDS, "concatenate"),
        (NO_WORDS, "very, good"),
        ({**NO_WORDS, "ignore_case": False}, "CAT"),
        (COUNT, "two words"),
        (COUNT, "a well-known cat - asleep"),
        (COUNT, "one\u2003two\nthree\tfour"),
        ({"type": "word_count", "max": 3}, "one"),
        ({"type": "word_count", "min": 0, "max": 3}, ""),
        ({"type": "word_count", "min": 2}, "one two " * 1000),
        (ONE, "One sentence."),
        (ONE, "One without an end"),
        (ONE, "Dr. Lee paid 3.50 for it."),
        (ONE, 'He said "Go!" and left.'),
        (ONE, "Wait... what?"),
        (ONE, "It was e.g. late, i.e. dark."),
        (ONE, "J. Smith slept."),
        (ONE, "Really?!"),
        (TWO, "One. Two."),
        (TWO, 'He said "Go!" She went.'),
        (TWO, "一。二。"),
        (TWO, "A title\n\nA sentence."),
        (TWO, "1. First one.\n2. Second one."),
        (TWO, "It ended at 5 p.m. Then they slept."),
        (NO_COMMA, "no such sign"),
        (NO_COMMA, "，"),
        ({"type": "forbidden_characters", "characters": ["--", "e"]}, "a - b"),
        ({"type": "forbidden_characters", "characters": "xyz"}, "X"),
        ({"type": "character_count", "min": 3, "max": 3}, " a\U0001f600b\n"),
        ({"type": "line_count", "min": 2, "max": 2}, "a\n\n  \nb\n"),
        ({"type": "paragraph_count", "min": 2, "max": 2}, "a\nb\n \n\nc"),
        (JSON, '{"a": 1, "b": [2]}'),
        (JSON, ' {"b": null, "a": {"c": 1}}\n'),
        (JSON, '```json\n{"a": 1,\n "b": 2}\n```'),
        (JSON, '```\n{"a": 1, "b": 2}\n```'),
        (JSON, '{"a": 1, "b": ' + "9" * 10_000 + "}"),
        (JSON, '{"\\u0061": "\\u0000", "b": "```"}'),
        (LOOSE_JSON, 'Here you are: {"a": 1, "b": 2}. Anything else?'),
        (LOOSE_JSON, 'Use {braces}, as in {"a": 1, "b": 2}'),
        (THREE, "1. a\n2. b\n3. c"),
        (THREE, "- a\n- b\n- c"),
        (NUMBERED, "1) a\n2) b\n\n3) c\n"),
        (NUMBERED, " 1. a\n 2. b\r\n 3. c"),
        (NUMBERED, "1. a\n   more of a\n2. b\n   - within\n3. c"),
        (NUMBERED, "1. **a**: b\n2.\tb\n3. c"),
        (BULLETS, "* a\n* b"),
        (BULLETS, "• a\n- b"),
        (DIGITS, "a 12 b"),
        (DIGITS, "٣"),
        (FULL, " abc\n"),
        ({**FULL, "ignore_case": True}, "ABC"),
        ({"type": "regex", "pattern": "^$"}, ""),
        (UPPER, "HELLO, 1 2 3"),
        ({"type": "letter_case", "case": "lower"}, "straße"),
        (STARTS, "\n Dear Sir"),
        ({**STARTS, "ignore_case": True}, "DEAR"),
        (ENDS, "It is. The end.\n"),
        ({"type": "ends_with", "suffix": "ße", "ignore_case": True}, "STRASSE"),
    ],
)
def test_pass(spec: dict[str, object], completion: str) -> None:
    verdict = load(spec)({}, completion)
    assert (verdict.status, verdict.score, verdict.reason) == (Status.PASS, 1.0, "")


@pytest.mark.parametrize(
    ("spec", "completion", "reason"),
    [
        (WORDS, "The cats sleep.", "lacks 'cat', 'lamp'"),
        (WORDS, "cat_lamp", "lacks 'cat', 'lamp'"),
        (WORDS, "the cat", "lacks 'lamp'"),
        (WORDS, "c\u200bat lamp", "lacks 'cat'"),
        ({**WORDS, "ignore_case": False}, "Cat lamp", "lacks 'cat'"),
        (NO_WORDS, "A CAT.", "holds 'cat'"),
        (NO_WORDS, "very\n good", "holds 'very good'"),
        (COUNT, "one", "1 word, expected 2 to 4"),
        (COUNT, "one - - - -", "1 word, expected 2 to 4"),
        (COUNT, "a b c d e", "5 words, expected 2 to 4"),
        ({"type": "word_count", "min": 3, "max": 3}, "a b", "2 words, expected 3"),
        ({"type": "word_count", "max": 1}, "a b", "2 words, expected at most 1"),
        ({"type": "word_count", "min": 3}, "a b", "2 words, expected at least 3"),
        (ONE, "One. Two.", "2 sentences, expected 1"),
        (ONE, "One.\n\nTwo", "2 sentences, expected 1"),
        (ONE, "What? No!", "2 sentences, expected 1"),
        (ONE, "It was I. He left.", "2 sentences, expected 1"),
        (ONE, "...", "0 sentences, expected 1"),
        (TWO, "One, two; three: four", "1 sentence, expected 2"),
        (NO_COMMA, "a, b, c", "holds ',' 2 times"),
        (NO_COMMA, "a,", "holds ',' once"),
        ({"type": "forbidden_characters", "characters": "e", "ignore_case": True}, "E", "holds 'e' once"),
        ({"type": "forbidden_characters", "characters": ["--"]}, "a -- b", "holds '--' once"),
        ({"type": "character_count", "max": 3}, "abcd", "4 characters, expected at most 3"),
        ({"type": "line_count", "max": 1}, "a\nb", "2 lines, expected at most 1"),
        ({"type": "paragraph_count", "min": 2}, "a\nb", "1 paragraph, expected at least 2"),
        (JSON, '{"a": 1}', "lacks the key 'b'"),
        (JSON, '{"a": 1, "b": 2, "c": 3}', "has the key 'c', which is not asked for"),
        (JSON, '{"a": 1, "a": 2, "b": 3}', "a key is there twice"),
        (JSON, '[{"a": 1, "b": 2}]', "JSON, but no object"),
        (JSON, '"a"', "JSON, but no object"),
        (JSON, "{'a': 1, 'b': 2}", "not JSON: "),
        (JSON, '{"a": 1, "b": 2,}', "not JSON: "),
        (JSON, '{"a": NaN, "b": 2}', "not JSON: NaN is no JSON value"),
        (JSON, 'Sure: {"a": 1, "b": 2}', "not JSON: "),
        (JSON, '{"a": 1, "b": 2} {"a": 1, "b": 2}', "not JSON: "),
        (JSON, '```json\n{"a": 1, "b": 2}', "not JSON: "),
        (JSON, '{"a": 1, "b": "\x1b[31m"}', "not JSON: "),
        (JSON, '{"A": 1, "b": 2}', "lacks the key 'a'"),
        (JSON, "[" * 100_000, "not JSON: nested too deeply"),
        (JSON, '{"a":' * 100_000, "not JSON: nested too deeply"),
        (LOOSE_JSON, "none here", "not JSON: no object found"),
        (LOOSE_JSON, "{" * 1000, "not JSON: no object found"),
        (THREE, "1. a\n2. b", "2 items, expected 3"),
        (THREE, "- a", "1 item, expected 3"),
        (THREE, "1. a\n2. b\n3. c\n4. d", "4 items, expected 3"),
        (THREE, "Sure!\n1. a\n2. b\n3. c", "'Sure!' is no item of a list"),
        (THREE, "1. a\n2. b\n3. c\n\nEnjoy!", "'Enjoy!' is no item of a list"),
        (THREE, "1. a\n- b\n3. c", "'- b' is no item of a list"),
        (NUMBERED, "1. a\n2. b\n4. c", "item 3 has the number 4"),
        (NUMBERED, "0. a\n1. b\n2. c", "item 1 has the number 0"),
        (NUMBERED, "- a\n- b\n- c", "'- a' is no item of a numbered list"),
        (NUMBERED, "1.a\n2.b\n3.c", "'1.a' is no item of a numbered list"),
        (NUMBERED, "1. a\n2.\n3. c", "item 2 is empty"),
        (BULLETS, "1. a\n2. b", "'1. a' is no item of a bulleted list"),
        (BULLETS, "**a**\n**b**", "'**a**' is no item of a bulleted list"),
        (DIGITS, "none", r"nothing matches '\\d+'"),
        (FULL, "abc1", "does not match '[a-z]+'"),
        (FULL, "abc\nd", "does not match '[a-z]+'"),
        ({"type": "regex", "pattern": r"^\d+$"}, "so:\n12", r"nothing matches '^\\d+$'"),
        (UPPER, "HELLo", "'o' is not upper case"),
        (UPPER, "123", "no letter that has a case"),
        (STARTS, "dear Sir", "starts with 'dear Sir', expected 'Dear'"),
        (STARTS, "x" * 1000, f"starts with '{'x' * 59}…', expected 'Dear'"),
        (ENDS, "The end. Or not", "ends with 'The end. Or not', expected 'The end.'"),
    ],
)
def test_fail(spec: dict[str, object], completion: str, reason: str) -> None:
    verdict = load(spec)({}, completion)
    assert (verdict.status, verdict.score) == (Status.FAIL, 0.0)
    assert verdict.reason == reason or (reason.endswith(": ") and verdict.reason.startswith(reason))


SPECS = [
    *(
        WORDS,
        NO_WORDS,
        COUNT,
        ONE,
        NO_COMMA,
        JSON,
        LOOSE_JSON,
        THREE,
        NUMBERED,
        DIGITS,
        FULL,
        UPPER,
        STARTS,
        ENDS,
    ),
    {"type": "character_count", "max": 9},
    {"type": "line_count", "max": 9},
    {"type": "paragraph_count", "max": 9},
    {"type": "not", "of": DIGITS},
]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec["type"])
@pytest.mark.parametrize("blank", ["", " ", "\n\n", "\u2003\t\r\n"])
def test_an_empty_completion_fails(spec: dict[str, object], blank: str) -> None:
    verdict = load(spec)({}, blank)
    assert (verdict.status, verdict.reason) == (Status.FAIL, "empty completion")


@pytest.mark.parametrize(
    ("name", "reference", "completion"),
    [
        ("required_words", {"words": ["cat"]}, "cat"),
        ("forbidden_words", {"words": ["dog"]}, "cat"),
        ("word_count", {"max": 2}, "cat"),
        ("sentence_count", {"min": 1, "max": 1}, "cat"),
        ("forbidden_characters", {"characters": ","}, "cat"),
        ("json_object", {"keys": ["a"]}, '{"a": 1}'),
        ("list_items", {"count": 1, "style": "bullets"}, "- cat"),
        ("regex", {"answer": "^c"}, "cat"),
        ("regex", {"pattern": "^c", "answer": "x"}, "cat"),
        ("letter_case", {"case": "lower"}, "cat"),
        ("starts_with", {"prefix": "c"}, "cat"),
        ("ends_with", {"suffix": "t"}, "cat"),
    ],
)
def test_what_the_recipe_leaves_open_comes_from_the_reference(
    name: str, reference: dict[str, object], completion: str
) -> None:
    judge = load(name)
    assert judge(reference, completion).status is Status.PASS
    assert judge({"other": 1, **reference}, "DOG, 1! dog. x. \n\n,x").status is Status.FAIL
    missing = judge({"other": 1}, completion)
    assert missing.status is Status.ERROR
    assert "neither the recipe nor the reference gives" in missing.reason
    assert "(the reference's keys: other)" in missing.reason
    wrong = judge({key: {"no": 1} for key in reference}, completion)
    assert wrong.status is Status.ERROR
    assert "expected" in wrong.reason


@pytest.mark.parametrize(
    ("spec", "path", "told"),
    [
        ({"type": "word_count", "min": 3, "max": 2}, ("min",), "min is 3, which is more than max, 2"),
        ({"type": "word_count", "min": -1}, ("min",), "expected 0 or more"),
        ({"type": "word_count", "max": "3"}, ("max",), "expected a whole number, found '3'"),
        ({"type": "word_count", "max": 3.5}, ("max",), "expected a whole number"),
        ({"type": "word_count", "maximum": 3}, ("maximum",), "did you mean 'max'?"),
        ({"type": "required_words", "words": []}, ("words",), "empty list"),
        ({"type": "required_words", "words": ["a", " "]}, ("words", 1), "blank"),
        (
            {"type": "required_words", "words": ["a", 2]},
            ("words", 1),
            "parameter 'words.1': expected text, found 2",
        ),
        ({"type": "required_words", "words": "a"}, ("words",), "expected a list of text, found 'a'"),
        ({"type": "forbidden_characters", "characters": ""}, ("characters",), "empty"),
        ({"type": "list_items", "count": 0}, ("count",), "expected 1 or more"),
        ({"type": "list_items", "count": 1, "style": "dots"}, ("style",), "'numbered' or 'bullets' or 'any'"),
        ({"type": "regex", "pattern": "("}, ("pattern",), "no regular expression"),
        ({"type": "regex", "pattern": "(?<=a*)b"}, ("pattern",), "no regular expression"),
        ({"type": "letter_case", "case": "title"}, ("case",), "'upper' or 'lower'"),
        ({"type": "starts_with", "prefix": " "}, ("prefix",), "blank"),
        ({"type": "json_object", "keys": ["a"], "only": "yes"}, ("only",), "true or false"),
    ],
)
def test_a_wrong_parameter_is_told_at_load(
    spec: dict[str, object], path: tuple[str | int, ...], told: str
) -> None:
    with pytest.raises(SpecError) as caught:
        load(spec)
    assert caught.value.path == path
    assert told in str(caught.value)


def test_what_is_extracted() -> None:
    assert load({"type": "regex", "pattern": r"is (\d+)"})({}, "it is 42").extracted == "42"
    assert load(DIGITS)({}, "it is 42").extracted == "42"
    assert load(NO_WORDS)({}, "A CAT").extracted == "CAT"
    assert load(COUNT)({}, "a b c").extracted == "3"
    assert load(JSON)({}, json.dumps({"a": 1, "b": 2})).extracted == "a, b"
