"""Near duplicates: what is planted is found, and what only looks like it is kept."""

from __future__ import annotations

import time
from random import Random

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.stories import EDITS, renumbered, story

from winnow.steps.clean.near import Likeness, jaccard, near_duplicates
from winnow.steps.clean.shingles import shingles_of
from winnow.steps.source import TasksSource

LIKE = Likeness(0.8)


def found(texts: list[str], like: Likeness = LIKE, **keys: pl.Series) -> dict[int, int]:
    told = near_duplicates(pl.Series(texts, dtype=pl.String), like, **keys)
    return dict(told.select("at", "like").iter_rows())


@pytest.mark.parametrize("templates", [False, True])
def test_planted_ones_are_found_and_near_misses_are_kept(templates: bool) -> None:
    random = Random(7)
    problems = list({story(random): None for _ in range(3_000)})
    planted = [
        edit(problems[at], random) for at in range(0, 2_000, 4) for edit in [EDITS[at // 4 % len(EDITS)]]
    ]
    missed = [renumbered(problems[at], random) for at in range(1, 2_000, 4)]
    dropped = found([*problems, *planted, *missed], Likeness(0.8, templates=templates))
    right = sum(dropped.get(len(problems) + at) == at * 4 for at in range(len(planted)))
    wrong = [at for at in dropped if not len(problems) <= at < len(problems) + len(planted)]
    assert right / len(planted) >= 0.95
    assert len(wrong) / (len(problems) + len(missed)) < 0.005


def test_problems_of_one_template_are_different_problems() -> None:
    source = TasksSource(type="tasks", per_family=50, seed=3)
    asked = [problem.prompt[-1]["content"] for problem in source.rows()]  # type: ignore[union-attr]
    asked = list(dict.fromkeys(asked))
    long = [
        f"Think step by step, and put your answer between square brackets at the end. {one}" for one in asked
    ]
    for texts in (asked, long):
        assert len(found(texts, Likeness(0.8, templates=True))) / len(texts) < 0.005


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is 3 + 5?", "What is 3 - 5?"),
        ("What is 3 + 5?", "What is 5 + 3?"),
        ("Tom has 3 apples and Ann has 5 pears today", "Tom has 5 apples and Ann has 3 pears today"),
        (
            "Simplify the expression (a+b)^2 as far as you can",
            "Simplify the expression (a-b)^2 as far as you can",
        ),
        ("How many primes are below 1,000?", "How many primes are below 10,000?"),
        ("Round the number 3.14 to an integer", "Round the number 31.4 to an integer"),
        ("Tom has three apples and gets ten", "Tom has four apples and gets ten"),
        ("What is the sum of 3 and 5 in the end?", "What is the product of 3 and 5 in the end?"),
        ("Find the largest of all even divisors", "Find the largest of all odd divisors"),
        ("Solve x < 5 for a positive integer", "Solve x > 5 for a positive integer"),
        ("Compute \u22125 plus 2 without a calculator", "Compute 5 plus 2 without a calculator"),
    ],
)
def test_numbers_and_operators_count(one: str, other: str) -> None:
    around = "Read the question carefully, then think about it for as long as you like before you answer it. "
    around += "Whoever is quick may well be wrong, and nobody minds when somebody takes all morning for it. "
    assert not found([one, other])
    assert not found([around + one + around, around + other + around])
    assert found([around + one + around, around + other + around], Likeness(0.7, numbers=False)) == {1: 0}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How many primes are below 1,000?", "how many primes are below 1000"),
        (
            "Somebody gathered three yellow apples in the beautiful garden behind the neighbouring house",
            "Somebody gathered 3 yellow apples in the beautiful garden behind the neighbouring house",
        ),
        ("A well-known fact - it has 3 parts", "A well known fact, it has 3 parts"),
        ("**Answer:** 5 apples are left", "Answer: 5 apples are left"),
        ("- one apple\n- two pears", "* one apple\n* two pears"),
        ("Compute \u22125 plus 2", "Compute -5 plus 2"),
        ("\uff28\uff45\uff4c\uff4c\uff4f big world", "Hello big world"),
        (
            "\u4eca\u5929\u5929\u6c14\u5f88\u597d\uff0c\u6211\u4eec\u53bb\u516c\u56ed\u73a9",
            "\u4eca\u5929\u5929\u6c14\u5f88\u597d\u6211\u4eec\u53bb\u516c\u56ed\u73a9\u3002",
        ),
    ],
)
def test_punctuation_and_markup_do_not(one: str, other: str) -> None:
    assert found([one, other]) == {1: 0}


def test_groups_are_apart_and_order_says_who_stays() -> None:
    text = "The river was wide and the boat was small, so they waited for the morning to come."
    texts = [text, text.upper(), text + "!", text.lower()]
    assert found(texts, groups=pl.Series(["a", "b", "a", "b"])) == {2: 0, 3: 1}
    assert found(texts, order=pl.Series([3, 1, 0, 2])) == {0: 2, 1: 2, 3: 2}


def test_of_all_that_are_linked_the_first_stays() -> None:
    words = [f"word{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(80)]
    texts = [" ".join(words[at : at + 60]) for at in (0, 5, 10, 15)]
    told = near_duplicates(pl.Series(texts), LIKE)
    assert told.select("at", "like").rows() == [(1, 0), (2, 0), (3, 0)]
    assert told["near"].to_list() == [0, 1, 2]
    assert all(one >= 0.8 for one in told["similarity"])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text("ab \n3", max_size=40), max_size=12), st.randoms(use_true_random=False))
def test_it_does_not_depend_on_the_order_of_rows(texts: list[str], random: Random) -> None:
    places = list(range(len(texts)))
    random.shuffle(places)
    shuffled = found([texts[at] for at in places], order=pl.Series(places, dtype=pl.Int64))
    assert {places[at]: places[like] for at, like in shuffled.items()} == found(texts)


@given(st.lists(st.text("abc ", min_size=1, max_size=30), min_size=2, max_size=6))
def test_jaccard_is_the_definition(texts: list[str]) -> None:
    shingles = shingles_of(pl.Series(texts))
    sets = [
        set(shingles.hashes[begin:end])
        for begin, end in zip(shingles.first, shingles.first[1:], strict=False)
    ]
    pairs = np.array([(one, other) for one in range(len(texts)) for other in range(len(texts))])
    wanted = [len(sets[one] & sets[two]) / max(len(sets[one] | sets[two]), 1) for one, two in pairs]
    assert jaccard(shingles, pairs).tolist() == pytest.approx(wanted)


def test_many_that_are_equal_in_words_take_linear_time() -> None:
    said = "The same answer is given here again and again, by everybody who is asked"
    texts = [f"{said}{'!' * (at % 150)}{' ' * (at // 150)}." for at in range(20_000)]
    begun = time.process_time()
    assert set(found(texts).values()) == {0}
    assert len(found(texts)) == 19_999
    assert time.process_time() - begun < 30


def test_strange_texts() -> None:
    texts = [
        "",
        " ",
        "word",
        "a" * 1_000_000,
        "a " * 300_000,
        "\x00" * 1_000,
        "\U0001f600" * 5_000,
        "-" * 100_000,
    ]
    texts += [
        "\u0645\u0631\u062d\u0628\u0627 " * 200,
        "1" * 100_000,
        "1," * 50_000,
        "\n" * 100_000,
        "9.9.9",
        "\u200b",
    ]
    begun = time.process_time()
    for templates in (False, True):
        assert found(texts, Likeness(0.8, templates=templates)) == {}
        assert found([*texts, *texts], Likeness(0.8, templates=templates)).keys() >= {
            len(texts) + 2,
            len(texts) + 3,
        }
    assert time.process_time() - begun < 20
    assert found([]) == {}


def test_of_a_long_text_the_beginning_counts() -> None:
    said = "".join(f"word{chr(97 + at % 26)}{chr(97 + at // 26 % 26)} " for at in range(300_000))
    assert len(said) > 2_000_000
    assert found([said, said.upper() + "and more of it"]) == {1: 0}
