"""Decontamination: planted overlaps are found, clean problems are not."""

from __future__ import annotations

import time
from random import Random

import polars as pl
import pytest
from support.stories import recased, renumbered, repunctuated, story, surrounded

from winnow.steps.clean.overlap import Overlap
from winnow.steps.source import TasksSource


def index(*texts: str) -> Overlap:
    rows = [("evals", at, "question", text) for at, text in enumerate(texts, 1)]
    return Overlap(pl.DataFrame(rows, schema=["set", "row", "field", "text"], orient="row"))


def found(overlap: Overlap, *texts: str) -> dict[int, str]:
    return dict(overlap.drops(pl.Series(texts, dtype=pl.String)).iter_rows())


def verbatim(text: str, random: Random) -> str:
    return text


def test_each_of_200_planted_overlaps_and_none_of_2000_clean_problems() -> None:
    random = Random(11)
    problems = list({story(random): None for _ in range(2_100)})
    evaluation, clean = problems[:100], problems[100:2_050]
    short = [f"What is {at} times {at + 7}, minus {at % 5}?" for at in range(20, 70)]
    clean += [f"What is {at} times {at + 7}, minus {at % 5 + 1}?" for at in range(20, 70)]
    assert len(evaluation + short) == 150
    assert len(clean) == 2_000
    hidden = [(verbatim, recased, repunctuated, surrounded)[at % 4] for at in range(200)]
    asked = [(evaluation + short)[at % 150] for at in range(200)]
    planted = [hide(text, random) for hide, text in zip(hidden, asked, strict=True)]
    dropped = found(index(*evaluation, *short), *clean, *planted)
    assert [at for at in dropped if at < 2_000] == []
    assert len(dropped) == 200
    told = [int(dropped[2_000 + at].rpartition("row ")[2].split()[0]) for at in range(200)]
    assert told == [at % 150 + 1 for at in range(200)]


def test_problems_of_one_template_are_not_each_other() -> None:
    source = TasksSource(type="tasks", per_family=40, seed=5)
    asked = [problem.prompt[-1]["content"] for problem in source.rows()]  # type: ignore[union-attr]
    asked = list(dict.fromkeys(asked))
    overlap = index(*asked[::2])
    assert found(overlap, *asked[1::2]) == {}
    assert len(found(overlap, *asked[::2])) == len(asked[::2])


def test_how_such_problems_are_put_is_no_overlap() -> None:
    words = "list string number word tree graph stack queue matrix set row cell".split()  # noqa: SIM905
    put = "Write a function in Python that takes a list of integers as its only argument and returns the {}."
    overlap = index(*(put.format(f"longest {word} that it holds") for word in words[:6]))
    assert found(overlap, *(put.format(f"shortest {word} that it lacks") for word in words[6:])) == {}
    assert found(overlap, put.format("longest tree that it holds")).keys() == {0}


def test_a_passage_tells_where_it_is_from() -> None:
    random = Random(2)
    problem = story(random)
    words = problem.split()
    passage = " ".join(words[4:34])
    text = f"As somebody wrote: {passage} and so on."
    told = found(index(story(random), problem), "nothing of it", text)
    assert told.keys() == {1}
    assert passage[:100] in told[1]
    assert told[1].endswith("is in evals, row 2 (question)")
    assert found(index(problem), " ".join(words[4:11])) == {}


def test_a_passage_with_words_changed() -> None:
    problem = " ".join(f"word{chr(97 + at % 26)}{chr(97 + at // 26)}" for at in range(60)).split()
    changed = ["other" if at % 12 == 11 else word for at, word in enumerate(problem)]
    assert found(index(" ".join(problem)), " ".join(changed)).keys() == {0}
    changed = ["other" if at % 9 == 8 else word for at, word in enumerate(problem[:40])]
    assert found(index(" ".join(problem)), " ".join(changed)) == {}


@pytest.mark.parametrize(
    ("evaluation", "text", "overlaps"),
    [
        ("What is 2+3*4 in all?", "Tell me: what is 2 + 3 * 4, in all?", True),
        ("What is 2+3*4 in all?", "Tell me: what is 2 - 3 * 4, in all?", False),
        ("What is 2+3*4 in all?", "Tell me: what is 2 + 3 * 5, in all?", False),
        ("What is 2+3*4 in all?", "Tell me: what is 12 + 3 * 4, in all?", False),
        ("Why is it so?", "Why is it so?", True),
        ("Why is it so?", "Why is it so cold in here?", False),
        ("Paris", "the capital is Paris", False),
        ("Paris", " paris! ", True),
        ("?!", "?!", False),
        ("", "", False),
        ("It costs $1,000 in the old town", "it costs 1000 in the OLD TOWN...", True),
        ("\uff37\uff28\uff21\uff34 is the name of it", "what is the name of it", True),
        (
            "\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002",
            "\u4ed6\u8bf4\uff1a\u4eca\u5929\u5929\u6c14\u5f88\u597d",
            True,
        ),
    ],
)
def test_short_texts_count_whole(evaluation: str, text: str, overlaps: bool) -> None:
    assert bool(found(index(evaluation), text)) == overlaps


def test_numbers_of_an_evaluation_text_matter_where_it_is_short() -> None:
    asked = "How many {} are there between {} and {} that end in {}?"
    overlap = index(asked.format("primes", 10, 90, 3))
    assert found(overlap, asked.format("primes", 10, 90, 7)) == {}
    assert found(overlap, renumbered(asked.format("primes", 10, 90, 3), Random(0))) == {}


def test_it_does_not_depend_on_what_stands_beside_it() -> None:
    random = Random(4)
    problems = [story(random) for _ in range(40)]
    texts = [surrounded(problem, random) for problem in problems[:20]] + problems[30:]
    overlap = index(*problems[:30])
    assert {
        at: told for text, at in zip(texts, range(30), strict=True) for told in found(overlap, text).values()
    } == (found(overlap, *texts))


def test_strange_texts() -> None:
    strange = ["", "a" * 1_000_000, "a " * 300_000, "\x00" * 1_000, "\U0001f600" * 5_000, "-" * 100_000]
    strange += ["\u0645\u0631\u062d\u0628\u0627 " * 2_000, "1," * 50_000, "word"]
    begun = time.process_time()
    overlap = index(*strange, "a a a a a a a a a a a a a a a a")
    assert found(index("nothing"), *strange) == {}
    assert found(overlap, *strange).keys() == {1, 2, 6, 7, 8}
    assert found(index(), *strange) == {}
    assert found(overlap) == {}
    assert time.process_time() - begun < 30
