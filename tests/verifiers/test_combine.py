"""`all`, `any`, `not` and `per_problem`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from winnow.verifiers import SpecError, Status, Verdict, load, registry
from winnow.verifiers.registry import Check

GIVEN = {
    "pass": Verdict.passed("fine", extracted="p", score=0.8),
    "fail": Verdict.failed("bad", extracted="f", score=0.0),
    "poor": Verdict.failed("poor", score=0.3),
    "error": Verdict.error("broken"),
    "skip": Verdict.skipped("not for me"),
}


@pytest.fixture(autouse=True)
def given() -> Iterator[None]:
    """A verifier that says what it is told to, for the length of a test."""
    kept = dict(registry.entries())

    @registry.verifier("given", from_reference=False)
    def factory(verdict: str) -> Check:
        def judge(_reference: Mapping[str, Any], _completion: str) -> Verdict:
            if verdict == "raise":
                raise ZeroDivisionError("oh")
            return GIVEN[verdict]

        return judge

    yield
    registry._ENTRIES.clear()
    registry._ENTRIES.update(kept)


def combined(kind: str, *verdicts: str) -> Verdict:
    return load({"type": kind, "of": [{"type": "given", "verdict": one} for one in verdicts]})({}, "text")


@pytest.mark.parametrize(
    ("verdicts", "status", "score", "reason"),
    [
        (("pass", "pass"), "pass", 0.8, "given: fine"),
        (("pass", "fail"), "fail", 0.0, "given: bad"),
        (("fail", "error"), "fail", 0.0, "given: bad"),
        (("error", "fail"), "fail", 0.0, "given: bad"),
        (("raise", "fail"), "fail", 0.0, "given: bad"),
        (("pass", "poor"), "fail", 0.3, "given: poor"),
        (("poor", "fail"), "fail", 0.0, "given: poor"),
        (("pass", "error"), "error", None, "given: broken"),
        (("skip", "error"), "error", None, "given: broken"),
        (("pass", "raise"), "error", None, "given broke: ZeroDivisionError: oh"),
        (("pass", "skip"), "skip", None, "given: not for me"),
        (("skip", "fail"), "fail", 0.0, "given: bad"),
    ],
)
def test_all(verdicts: tuple[str, ...], status: str, score: float | None, reason: str) -> None:
    verdict = combined("all", *verdicts)
    assert (verdict.status, verdict.score) == (status, score)
    assert verdict.reason == reason


@pytest.mark.parametrize(
    ("verdicts", "status", "score", "reason"),
    [
        (("pass", "fail"), "pass", 0.8, "given: fine"),
        (("fail", "pass"), "pass", 0.8, "given: fine"),
        (("error", "pass"), "pass", 0.8, "given: fine"),
        (("fail", "poor"), "fail", 0.3, "given: bad; given: poor"),
        (("fail", "error"), "error", None, "given: broken"),
        (("error", "skip"), "error", None, "given: broken"),
        (("fail", "skip"), "skip", None, "given: not for me"),
        (("skip", "skip"), "skip", None, "given: not for me"),
    ],
)
def test_any(verdicts: tuple[str, ...], status: str, score: float | None, reason: str) -> None:
    verdict = combined("any", *verdicts)
    assert (verdict.status, verdict.score, verdict.reason) == (status, score, reason)


@pytest.mark.parametrize(
    ("verdict", "status", "score", "reason"),
    [
        ("pass", "fail", 0.2, "given passes"),
        ("fail", "pass", 1.0, "given: bad"),
        ("poor", "pass", 0.7, "given: poor"),
        ("error", "error", None, "broken"),
        ("skip", "skip", None, "not for me"),
        ("raise", "error", None, "given broke: ZeroDivisionError: oh"),
    ],
)
def test_not(verdict: str, status: str, score: float | None, reason: str) -> None:
    found = load({"type": "not", "of": {"type": "given", "verdict": verdict}})({}, "text")
    assert (found.status, found.reason) == (status, reason)
    assert found.score == (score if score is None else pytest.approx(score))


@pytest.mark.parametrize("kind", ["all", "any"])
def test_the_order_of_parts_changes_neither_status_nor_score(kind: str) -> None:
    for verdicts in itertools.combinations_with_replacement(GIVEN, 3):
        found = {
            (one.status, one.score)
            for one in (combined(kind, *mix) for mix in itertools.permutations(verdicts))
        }
        assert len(found) == 1, verdicts


def test_parts_nest_and_reasons_name_them() -> None:
    spec = {
        "type": "all",
        "of": [
            {"type": "any", "of": [{"type": "word_count", "max": 2}, {"type": "regex", "pattern": "x"}]},
            {"type": "not", "of": "number"},
        ],
    }
    verdict = load(spec)({"answer": 7}, "one two three")
    assert verdict.reason == "any: word_count: 3 words, expected at most 2; regex: nothing matches 'x'"
    assert load(spec)({"answer": 7}, "two 7").reason == "not: number passes"
    assert load(spec)({"answer": 7}, "two 8").status is Status.PASS
    assert load(spec)({}, "two 8").reason == (
        "not: number: neither the recipe nor the reference gives 'answer' (the reference's keys: none)"
    )


@pytest.mark.parametrize(
    ("spec", "path", "told"),
    [
        ({"type": "all"}, (), "needs the parameter 'of'"),
        ({"type": "all", "of": []}, ("of",), "empty list"),
        ({"type": "all", "of": "number"}, ("of",), "expected a list"),
        ({"type": "all", "of": ["number", {"type": "nmber"}]}, ("of", 1, "type"), "did you mean 'number'?"),
        ({"type": "any", "of": [{"type": "not", "of": {"max": 1}}]}, ("of", 0, "of"), "needs the key 'type'"),
        ({"type": "not", "of": ["number"]}, ("of",), "takes one verifier, found a list of 1"),
        ({"type": "not", "of": {"type": "word_count", "mx": 1}}, ("of", "mx"), "did you mean 'max'?"),
        ({"type": "all", "of": [3]}, ("of", 0), "a name or a mapping"),
        (
            {"type": "per_problem", "check": {"type": "all", "of": ["per_problem"]}},
            ("check", "of", 0, "type"),
            "it would never end",
        ),
    ],
)
def test_what_is_wrong_inside_is_told_with_its_path(
    spec: dict[str, object], path: tuple[str | int, ...], told: str
) -> None:
    with pytest.raises(SpecError) as caught:
        load(spec)
    assert caught.value.path == path
    assert told in str(caught.value)


def test_nesting_has_an_end() -> None:
    spec: dict[str, Any] = {"type": "number"}
    for _ in range(15):
        spec = {"type": "not", "of": spec}
    load(spec)
    for _ in range(5_000):
        spec = {"type": "not", "of": spec}
    with pytest.raises(SpecError, match="more than 16 deep"):
        load(spec)
    assert load("per_problem")({"check": spec}, "1").status is Status.ERROR


CHECK = {
    "type": "all",
    "of": [{"type": "word_count", "max": 15}, {"type": "required_words", "words": ["cat", "lamp"]}],
}


@pytest.mark.parametrize(
    ("reference", "completion", "status", "told"),
    [
        ({"check": CHECK}, "The cat sat by the lamp.", "pass", ""),
        ({"check": CHECK}, "The cat sat.", "fail", "required_words: lacks 'lamp'"),
        ({"check": "number", "answer": 7}, "7", "pass", ""),
        ({"check": {"type": "number"}, "answer": 7}, "8", "fail", "8 is not 7"),
        ({"check": {"type": "number", "answer": 8}, "answer": 7}, "8", "pass", ""),
        (
            {"check": {"type": "number"}},
            "8",
            "error",
            "number: neither the recipe nor the reference gives 'answer'",
        ),
        ({}, "8", "error", "per_problem: neither the recipe nor the reference gives 'check'"),
        ({"check": {"type": "nmber"}}, "8", "error", "no verifier is called 'nmber'; did you mean 'number'?"),
        ({"check": {"type": "word_count", "max": "x"}}, "8", "error", "expected a whole number, found 'x'"),
        ({"check": {"type": "regex", "pattern": "("}}, "8", "error", "no regular expression"),
        ({"check": 3}, "8", "error", "expected a mapping or text, found 3"),
        ({"check": []}, "8", "error", "expected a mapping or text"),
        ({"check": {"type": ["number"]}}, "8", "error", "needs the key 'type'"),
        ({"check": "per_problem"}, "8", "error", "it would never end"),
        ({"check": {"type": "not", "of": {"type": "per_problem"}}}, "8", "error", "it would never end"),
    ],
)
def test_each_problem_brings_its_own_test(
    reference: dict[str, Any], completion: str, status: str, told: str
) -> None:
    verdict = load("per_problem")(reference, completion)
    assert verdict.status == status
    assert told in verdict.reason


def test_a_problems_test_is_built_once_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    built = []

    @registry.verifier("counted")
    def factory(mark: int) -> Check:
        built.append(mark)
        return lambda _reference, _completion: Verdict.passed()

    judge = load("per_problem")
    for mark in [*range(10), *range(10)]:
        assert judge({"check": {"type": "counted", "mark": mark}}, "x").status is Status.PASS
    assert built == list(range(10))
    for mark in range(10, 1000):
        judge({"check": {"type": "counted", "mark": mark}}, "x")
    judge({"check": {"type": "counted", "mark": 0}}, "x")
    assert built[-1] == 0


def test_a_combination_is_as_old_and_as_pure_as_its_parts() -> None:
    def version(number: str, *, pure: bool = True) -> None:
        registry.verifier("part", version=number, pure=pure)(
            lambda: lambda _reference, _text: Verdict.passed()
        )

    version("1")
    spec = {"type": "all", "of": [{"type": "not", "of": "part"}, "number"]}
    first, open_ended = load(spec), load("per_problem")
    assert first.pure
    assert open_ended.pure
    version("2", pure=False)
    assert load(spec).fingerprint != first.fingerprint
    assert not load(spec).pure
    assert load("per_problem").fingerprint != open_ended.fingerprint
    assert not load("per_problem").pure
    version("1")
    assert load(spec).fingerprint == first.fingerprint
    assert load("per_problem").fingerprint == open_ended.fingerprint
