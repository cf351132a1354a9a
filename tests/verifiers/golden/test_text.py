"""`text`: short answers in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from winnow.verifiers import SpecError, Status, load
from winnow.verifiers.golden.wording import f1, words_of


def judged(completion: str, **reference: Any) -> tuple[Status, str | None]:
    verdict = load("text")(reference, completion)
    return verdict.status, verdict.extracted


@pytest.mark.parametrize(
    ("answer", "completion"),
    [
        ("Paris", "Paris"),
        ("Paris", "paris."),
        ("Paris", "The answer is Paris."),
        ("Paris", "The answer is **Paris**."),
        ("Paris", "It was Lyon once.\nAnswer: Paris\nThat is the capital."),
        ("Paris", "So: \\boxed{Paris}"),
        ("the Beatles", "Beatles"),
        ("U.S.A.", "USA"),
        ("state of the art", "state-of-the-art"),
        ("don't", "don’t"),
        ("café", "cafe\u0301"),
        ("3.5", "3.5"),
        (1999, "1999."),
        (["Big Ben", "Elizabeth Tower"], "the elizabeth tower"),
        ("Paris", "<think>The answer is Lyon.</think>Paris"),
        ("ﬁnland", "Finland"),
        ("Paris", "The answer is:\nParis"),
    ],
)
def test_pass(answer: Any, completion: str) -> None:
    assert judged(completion, answer=answer)[0] is Status.PASS


@pytest.mark.parametrize(
    ("answer", "completion"),
    [
        ("Paris", "Lyon"),
        ("Paris", "Paris or Lyon"),
        ("Paris", "The answer is not Paris."),
        ("3.5", "35"),
        ("-5", "5"),
        ("1/2", "12"),
        ("C", "C#"),
        ("50%", "50"),
        ("Paris", ""),
        ("Paris", "<think>Paris"),
        ("Paris", "The answer is Paris. No, the answer is Lyon."),
        ("Paris", "\\boxed{Lyon}, though the answer is Paris"),
    ],
)
def test_fail(answer: str, completion: str) -> None:
    assert judged(completion, answer=answer)[0] is Status.FAIL


def test_aliases_are_answers_too() -> None:
    assert judged("Big Apple", answer="New York", aliases=["the big apple", "NYC"])[0] is Status.PASS
    assert judged("Boston", answer="New York", aliases=["NYC"])[0] is Status.FAIL


def test_exact_compares_every_character() -> None:
    judge = load({"type": "text", "mode": "exact"})
    assert judge({"answer": "Paris"}, " Paris\n").status is Status.PASS
    assert judge({"answer": "Paris"}, "paris").status is Status.FAIL


def test_f1_is_the_score_and_the_best_alias_counts() -> None:
    judge = load({"type": "text", "mode": "f1", "threshold": 0.8})
    near = judge({"answer": ["George Washington", "Washington"]}, "George Washington Jr")
    assert (near.status, near.score) == (Status.PASS, pytest.approx(0.8))
    far = judge({"answer": "treaty of 1648"}, "treaty of 1649")
    assert (far.status, far.score) == (Status.FAIL, pytest.approx(2 / 3))
    assert "F1 0.67, below 0.8" in far.reason


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"answer": ""}, "answer is empty"),
        ({"answer": []}, "answer is empty"),
        ({"answer": "the"}, "leaves nothing"),
        ({"answer": ["Paris", "..."]}, "leaves nothing"),
        ({"answer": "Paris", "threshold": 0}, "threshold is 0"),
        ({"answer": "Paris", "mode": "fuzzy"}, "'exact' or 'normalised' or 'f1'"),
    ],
)
def test_what_makes_no_sense(spec: dict[str, Any], told: str) -> None:
    with pytest.raises(SpecError, match=told):
        load({"type": "text", **spec})


@given(st.text(max_size=40), st.text(max_size=40))
@example("-:0", "-:-5")
def test_f1_is_a_measure(one: str, other: str) -> None:
    mine, others = words_of(one), words_of(other)
    assert f1(mine, others) == f1(others, mine)
    assert 0 <= f1(mine, others) <= 1
    assert f1(mine, mine) == 1
    assert words_of(" ".join(mine)) == mine or "a" in one.casefold() or "the" in one.casefold()


@given(
    st.sampled_from(["Paris", "The answer is Paris.", "\\boxed{Paris}", "Answer: x y"]),
    st.sampled_from([" ", "\n\n", "\t "]),
)
def test_white_space_around_changes_nothing(completion: str, around: str) -> None:
    assert judged(completion, answer="Paris") == judged(around + completion + around, answer="Paris")


@given(st.text(st.sampled_from("abcdefg hijkXYZ0123"), min_size=1, max_size=30).filter(str.strip))
def test_what_it_says_itself_passes(answer: str) -> None:
    judge = load("text")
    try:
        ((_, gold),) = judge.golds({"answer": answer})
    except ValueError:
        return  # nothing but articles
    assert judge({"answer": answer}, gold).status is Status.PASS
    assert judge({"answer": answer}, gold).extracted == answer.strip()


@pytest.mark.parametrize(
    "completion",
    [
        "<think >The answer is London.</think >The answer is Paris.",
        "<think\n>The answer is London.</think>The answer is Paris.",
        "<thoughts>The answer is London.</thoughts>The answer is Paris.",
        "<seed:think>The answer is London.</seed:think>The answer is Paris.",
        "[THINK]The answer is London.[/THINK]The answer is Paris.",
        "◁think▷The answer is London.◁/think▷The answer is Paris.",
        "<|channel|>analysis<|message|>The answer is London.<|end|>"
        "<|start|>assistant<|channel|>final<|message|>The answer is Paris.",
    ],
)
def test_a_thought_by_any_tag_is_no_answer(completion: str) -> None:
    assert load("text")({"answer": "Paris"}, completion).status is Status.PASS
    assert (
        load("text")({"answer": "Paris"}, completion.replace("Paris", "x").replace("London", "Paris")).status
        is Status.FAIL
    )


@pytest.mark.parametrize(
    "said", ["I don't think the answer is Paris", "It is false that the answer is Paris"]
)
def test_a_disowned_statement_is_no_answer(said: str) -> None:
    assert load("text")({"answer": "Paris"}, said).status is Status.FAIL
