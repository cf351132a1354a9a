"""Each of the 25 instructions: texts that follow it, texts that do not and what is told of them."""

from __future__ import annotations

from typing import Any

import pytest

from winnow.verifiers import SpecError, Status, load
from winnow.verifiers.strict.ifeval.change_case import count_capitals
from winnow.verifiers.strict.ifeval.instruction import build, ids

WORDS = {"keywords": ["cat", "lamp"]}
OFTEN = {"keyword": "cat", "frequency": 2, "relation": "at least"}
SELDOM = {**OFTEN, "relation": "less than"}
FORBIDDEN = {"forbidden_words": ["cat", "C++"]}
LETTER = {"letter": "A", "let_frequency": 3, "let_relation": "at least"}
HASH = {"letter": "#", "let_frequency": 2, "let_relation": "less than"}
SENTENCES = {"num_sentences": 2, "relation": "at least"}
FEW_SENTENCES = {"num_sentences": 2, "relation": "less than"}
PARAGRAPHS = {"num_paragraphs": 2}
LONG = {"num_words": 4, "relation": "at least"}
SHORT = {"num_words": 4, "relation": "less than"}
NTH = {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Then"}
SECTIONS = {"section_spliter": "SECTION", "num_sections": 2}
REPEAT = {"prompt_to_repeat": "Name a cat."}
END = {"end_phrase": "That is all."}
CAPITALS = {"capital_frequency": 2, "capital_relation": "at least"}
FEW_CAPITALS = {"capital_frequency": 2, "capital_relation": "less than"}

FOLLOWED = [
    ("keywords:existence", WORDS, "The CAT is under the lamp."),
    ("keywords:existence", WORDS, "concatenate lamps"),
    ("keywords:existence", {"keywords": ["a.c", "C++"]}, "A.C and c++"),
    ("keywords:frequency", OFTEN, "Cat, cats"),
    ("keywords:frequency", SELDOM, "cat"),
    ("keywords:forbidden_words", FORBIDDEN, "cats in C"),
    ("keywords:letter_frequency", LETTER, "aA bra"),
    ("keywords:letter_frequency", HASH, "# one"),
    ("language:response_language", {"language": "de"}, "Die alte Uhr in der Küche blieb am Mittag stehen."),
    ("length_constraints:number_sentences", SENTENCES, "One. Two."),
    ("length_constraints:number_sentences", FEW_SENTENCES, "Dr. Lee paid 3.50 for it."),
    ("length_constraints:number_paragraphs", PARAGRAPHS, "one\n***\ntwo"),
    ("length_constraints:number_paragraphs", PARAGRAPHS, "***\none\n\nstill one *** two\n***\n"),
    ("length_constraints:number_words", LONG, "a well-known cat"),
    ("length_constraints:number_words", SHORT, "don't go"),
    ("length_constraints:nth_paragraph_first_word", NTH, 'First.\n\n"Then," he said.'),
    ("length_constraints:nth_paragraph_first_word", NTH, "First.\n\nthen"),
    ("detectable_content:number_placeholders", {"num_placeholders": 2}, "[name] [] ["),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "Bye.\n\np. s. One more."),
    ("detectable_content:postscript", {"postscript_marker": "P.P.S"}, "P.P.S One more."),
    ("detectable_content:postscript", {"postscript_marker": "N.B."}, "n.b. this"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "Sure:\n* a\n  - b\n**c**"),
    ("detectable_format:constrained_response", {}, "Well. My answer is maybe."),
    ("detectable_format:number_highlighted_sections", {"num_highlights": 2}, "*a* and **b**"),
    ("detectable_format:multiple_sections", SECTIONS, "SECTION 1\na\nSECTION 2\nb"),
    ("detectable_format:json_format", {}, '```json\n{"a": [1, 2]}\n```'),
    ("detectable_format:json_format", {}, " [1] "),
    ("detectable_format:json_format", {}, "9" * 10_000),
    ("detectable_format:title", {}, "<<A title>>\ntext"),
    ("combination:two_responses", {}, "one\n******\ntwo"),
    ("combination:repeat_prompt", REPEAT, "name a CAT. Tom."),
    ("startend:end_checker", END, 'Well. THAT is all."\n'),
    ("startend:quotation", {}, ' "quoted"\n'),
    ("change_case:capital_word_frequency", CAPITALS, "NASA and the U.S. flag"),
    ("change_case:capital_word_frequency", FEW_CAPITALS, "A Cat"),
    ("change_case:english_capital", {}, "THE OLD CLOCK STOPPED AT NOON."),
    ("change_case:english_lowercase", {}, "the old clock stopped at noon."),
    ("punctuation:no_comma", {}, "no such sign，or、this"),
]

MISSED = [
    ("keywords:existence", WORDS, "The dog.", "lacks 'cat', 'lamp'"),
    ("keywords:existence", {"keywords": ["a.c"]}, "abc", "lacks 'a.c'"),
    ("keywords:frequency", OFTEN, "cat", "'cat' 1 time, expected at least 2"),
    ("keywords:frequency", SELDOM, "cat cat", "'cat' 2 times, expected less than 2"),
    ("keywords:forbidden_words", FORBIDDEN, "A cat in C++.", "holds 'cat', 'C++'"),
    ("keywords:letter_frequency", LETTER, "aa", "'a' 2 times, expected at least 3"),
    ("keywords:letter_frequency", HASH, "##", "'#' 2 times, expected less than 2"),
    (
        "language:response_language",
        {"language": "de"},
        "The old clock in the kitchen stopped.",
        "language en, expected de",
    ),
    ("language:response_language", {"language": "de"}, "1 2 3", "language unknown, expected de"),
    (
        "length_constraints:number_sentences",
        SENTENCES,
        "One, two: three",
        "1 sentence, expected at least 2",
    ),
    ("length_constraints:number_sentences", FEW_SENTENCES, "A. Bee. C.", "2 sentences, expected less than 2"),
    (
        "length_constraints:number_paragraphs",
        PARAGRAPHS,
        "one\n\ntwo",
        "1 paragraph set apart by ***, expected 2",
    ),
    (
        "length_constraints:number_paragraphs",
        PARAGRAPHS,
        "one *** *** two",
        "an empty paragraph between two dividers",
    ),
    ("length_constraints:number_words", LONG, "a b - c", "3 words, expected at least 4"),
    ("length_constraints:number_words", SHORT, "don't go there", "4 words, expected less than 4"),
    ("length_constraints:nth_paragraph_first_word", NTH, "Then", "1 paragraph, expected 2"),
    (
        "length_constraints:nth_paragraph_first_word",
        NTH,
        "Then\n\nthence",
        "paragraph 2 begins with 'thence', expected 'then'",
    ),
    (
        "length_constraints:nth_paragraph_first_word",
        NTH,
        "a\n\n\n\nb",
        "paragraph 2 is empty, expected 'then'",
    ),
    (
        "detectable_content:number_placeholders",
        {"num_placeholders": 2},
        "[a] [b\n]",
        "1 placeholder, expected at least 2",
    ),
    ("detectable_content:postscript", {"postscript_marker": "P.S."}, "PS: more", "no 'P.S.'"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "- a\n• b", "1 bullet, expected 2"),
    ("detectable_format:number_bullet_lists", {"num_bullets": 2}, "- a\n- b\n- c", "3 bullets, expected 2"),
    (
        "detectable_format:constrained_response",
        {},
        "My answer is Yes.",
        "none of My answer is yes., My answer is no., My answer is maybe.",
    ),
    (
        "detectable_format:number_highlighted_sections",
        {"num_highlights": 2},
        "*a* ** ** *b\nc*",
        "1 highlight, expected at least 2",
    ),
    (
        "detectable_format:multiple_sections",
        SECTIONS,
        "Section 1\nSECTION 2",
        "1 'SECTION' section, expected at least 2",
    ),
    ("detectable_format:json_format", {}, "{'a': 1}", "not JSON: "),
    ("detectable_format:json_format", {}, "[NaN]", "not JSON: NaN is no JSON value"),
    ("detectable_format:json_format", {}, "[" * 100_000, "not JSON: nested too deeply"),
    ("detectable_format:title", {}, "<< >>\n<a>\n>> <<", "no title in << >>"),
    ("combination:two_responses", {}, "one\n******\none", "both responses are the same"),
    ("combination:two_responses", {}, "one", "1 response set apart by ******, expected 2"),
    ("combination:two_responses", {}, "a ****** ****** b", "an empty response between two dividers"),
    (
        "combination:repeat_prompt",
        REPEAT,
        "Tom. Name a cat.",
        "begins with 'Tom. Name a cat.', not the prompt",
    ),
    (
        "startend:end_checker",
        END,
        "That is all. Bye",
        "ends with 'That is all. Bye', expected 'That is all.'",
    ),
    ("startend:quotation", {}, '"quoted" he said', "begins with '\"' and ends with 'd'"),
    ("startend:quotation", {}, '"', "begins with '\"' and ends with '\"'"),
    (
        "change_case:capital_word_frequency",
        CAPITALS,
        "NASA is it",
        "1 capital word, expected at least 2",
    ),
    (
        "change_case:capital_word_frequency",
        FEW_CAPITALS,
        "I'M",
        "2 capital words, expected less than 2",
    ),
    ("change_case:english_capital", {}, "THE CLOCK STOPPED AT NOOn.", "'n' is not upper case"),
    (
        "change_case:english_capital",
        {},
        "DIE ALTE UHR IN DER KÜCHE BLIEB STEHEN.",
        "language de, expected en",
    ),
    ("change_case:english_lowercase", {}, "the clock Stopped", "'S' is not lower case"),
    ("change_case:english_lowercase", {}, "12:30", "no letter that has a case"),
    ("punctuation:no_comma", {}, "a, b, c", "2 commas"),
]


def judged(name: str, kwargs: dict[str, Any], text: str, mode: str = "strict") -> Any:
    return load({"type": "ifeval", "mode": mode})({"instruction_id_list": [name], "kwargs": [kwargs]}, text)


def test_the_tables_hold_every_instruction() -> None:
    assert len(ids()) == 25
    assert {name for name, *_ in FOLLOWED} == {name for name, *_ in MISSED} == set(ids())


@pytest.mark.parametrize("mode", ["strict", "loose"])
@pytest.mark.parametrize(("name", "kwargs", "text"), FOLLOWED)
def test_followed(name: str, kwargs: dict[str, Any], text: str, mode: str) -> None:
    verdict = judged(name, kwargs, text, mode)
    assert (verdict.status, verdict.score, verdict.reason) == (Status.PASS, 1.0, "")


@pytest.mark.parametrize(("name", "kwargs", "text", "reason"), MISSED)
def test_not_followed(name: str, kwargs: dict[str, Any], text: str, reason: str) -> None:
    verdict = judged(name, kwargs, text)
    assert (verdict.status, verdict.score) == (Status.FAIL, 0.0)
    told = f"{name}: {reason}"
    assert verdict.reason == told or (reason.endswith(": ") and verdict.reason.startswith(told))


@pytest.mark.parametrize(
    ("name", "kwargs", "text"),
    [
        ("punctuation:no_comma", {}, "Sure, here you are:\nNo such sign."),
        ("punctuation:no_comma", {}, "No such sign.\nI hope, this helps."),
        ("punctuation:no_comma", {}, "Sure, here:\nNo such sign.\nI hope, this helps."),
        ("startend:quotation", {}, '**"quoted"**'),
        ("startend:quotation", {}, 'Here:\n*"quoted"*\n'),
        ("detectable_format:json_format", {}, 'Here it is:\n{"a": 1}'),
        ("keywords:existence", {"keywords": ["old cat"]}, "An *old* cat."),
        ("length_constraints:nth_paragraph_first_word", NTH, "Sure!\n\nFirst.\n\nThen."),
    ],
)
def test_loose_mode_forgives_what_strict_mode_does_not(name: str, kwargs: dict[str, Any], text: str) -> None:
    assert judged(name, kwargs, text).status is Status.FAIL
    assert judged(name, kwargs, text, "loose").status is Status.PASS


@pytest.mark.parametrize(
    ("name", "kwargs", "text"),
    [(name, kwargs, text) for name, kwargs, text, _ in MISSED if "\n" not in text and "*" not in text],
)
def test_loose_mode_forgives_nothing_in_one_plain_line(name: str, kwargs: dict[str, Any], text: str) -> None:
    assert judged(name, kwargs, text, "loose").status is Status.FAIL


@pytest.mark.parametrize(
    ("name", "kwargs", "key", "told"),
    [
        ("keywords:existenc", {}, None, "did you mean 'keywords:existence'?"),
        ("keywords:existence", {}, "keywords", "needs 'keywords'"),
        ("keywords:existence", {"keywords": []}, "keywords", "empty list"),
        ("keywords:existence", {"keywords": ["a", " "]}, "keywords", "blank"),
        ("keywords:existence", {"keywords": "cat"}, "keywords", "expected a list of text"),
        ("keywords:frequency", {**OFTEN, "relation": "at most"}, "relation", "'less than' or 'at least'"),
        ("keywords:frequency", {**OFTEN, "frequency": -1}, "frequency", "expected 0 or more"),
        ("keywords:frequency", {**OFTEN, "frequency": 1.5}, "frequency", "expected a whole number"),
        ("keywords:frequency", {**OFTEN, "frequency": True}, "frequency", "expected a whole number"),
        ("keywords:letter_frequency", {**LETTER, "letter": "ab"}, "letter", "expected one character"),
        ("language:response_language", {"language": "tlh"}, "language", "expected one of af, ar"),
        ("length_constraints:nth_paragraph_first_word", {**NTH, "nth_paragraph": 3}, "nth_paragraph", "more"),
        ("punctuation:no_comma", {"keywords": ["a"]}, "keywords", "it takes nothing"),
        ("startend:end_checker", {"end_phrase": " "}, "end_phrase", "blank"),
    ],
)
def test_a_wrong_instruction_is_an_error(
    name: str, kwargs: dict[str, Any], key: str | None, told: str
) -> None:
    with pytest.raises(SpecError, match=told.replace("?", r"\?")) as caught:
        load(
            {"type": "ifeval", "instruction_id_list": ["punctuation:no_comma", name], "kwargs": [{}, kwargs]}
        )
    assert caught.value.path == (("kwargs", 1, key) if key else ("instruction_id_list", 1))
    verdict = judged(name, kwargs, "text")
    assert verdict.status is Status.ERROR
    assert verdict.score is None


def test_numbers_may_be_written_as_floats() -> None:
    assert (
        build("length_constraints:number_words", {"num_words": 4.0, "relation": "at least"})("a b c d")
        is None
    )


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 0), ("I", 1), ("CAN'T", 2), ("I'M", 2), ("WELL-KNOWN", 1), ("U.S.", 1), ("A,B", 2), ("3:A", 1),
     ("(NASA)", 1), ("**BOLD**", 1), ("Cat", 0), ("A--B", 2), ("ÄÖ!", 1), ("R2", 1), ("12", 0)],
)  # fmt: skip
def test_words_in_capitals(text: str, count: int) -> None:
    assert count_capitals(text) == count
