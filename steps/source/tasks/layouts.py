"""Families that ask for words in a given layout: a list, an object."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from winnow.steps.source.tasks.checks import DOUBLED, every, never, somewhere, whole
from winnow.steps.source.tasks.family import Task, asked, family
from winnow.steps.source.tasks.words import names, nouns

_SPELLED = {2: "two", 3: "three"}
_ITEM = r"[A-Za-z][A-Za-z '-]{0,40}[.,]?"
_SAME_ITEM = r"(?im)^\W*(?:\d[.)] +)?([a-z '-]{1,42}?)[.,]? *$[\s\S]*^\W*(?:\d[.)] +)?\1[.,]? *$"


@family
def numbered_words(rng: Random) -> Task:
    """Three given words as a numbered list."""
    return numbered(rng.sample(nouns, 3))


def numbered(words: list[str]) -> Task:
    """Ask for the words as a numbered list."""
    items = [rf"{place}[.)] +[\"']?{word}[\"']?[,.]?" for place, word in enumerate(words, 1)]
    check = every(whole(r"[ \t]*\n+[ \t]*".join(items), ignore_case=True))
    return asked(f"Write these three words as a numbered list: {', '.join(words)}.", check)


@family
def numbered_things(rng: Random) -> Task:
    """A numbered list of two or three things, one of them given, after an example of each length."""
    return things_with(*_drawn(rng))


def things_with(word: str, count: int, shown: list[list[str]]) -> Task:
    """Ask for a numbered list of `count` things with `word` among them, after the lists `shown`."""
    ask = 'Write a numbered list of {} things. One of them is "{}".'
    return _list_task(ask, word, count, shown, lambda place: f"{place}. ", r"{}[.)] +")


@family
def bullets(rng: Random) -> Task:
    """A list of two or three bullet points, one of them given, after an example of each length."""
    return bullets_with(*_drawn(rng))


def bullets_with(word: str, count: int, shown: list[list[str]]) -> Task:
    """Ask for `count` bullet points with `word` among them, after the lists `shown`."""
    ask = 'Write a list of {} bullet points. One of them is "{}".'
    return _list_task(ask, word, count, shown, lambda _: "- ", r"[-*•] +")


def _drawn(rng: Random) -> tuple[str, int, list[list[str]]]:
    words = rng.sample(nouns, 6)
    shown = [words[:2], words[2:5]]
    count = rng.choice([2, 3])
    return words[5], count, sorted(shown, key=lambda items: len(items) == count)


def _list_task(
    ask: str, word: str, count: int, shown: list[list[str]], mark: Callable[[int], str], marks: str
) -> Task:
    examples = [
        (
            ask.format(_SPELLED[len(items)], items[-1]),
            "\n".join(f"{mark(place)}{item}" for place, item in enumerate(items, 1)),
        )
        for items in shown
    ]
    lines = [marks.format(place) + _ITEM for place in range(1, count + 1)]
    check = every(
        whole(r" *\n+".join(lines)),
        somewhere(rf"(?im)^{marks.format('[0-9]')}(?:an? |the )?{word}[.,]? *$"),
        never(somewhere(DOUBLED, ignore_case=True)),
        never(somewhere(_SAME_ITEM)),
    )
    return asked(ask.format(_SPELLED[count], word), check, examples)


@family
def json_person(rng: Random) -> Task:
    """A JSON object with exactly two keys, whose values the question tells."""
    return person(rng.choice(names), rng.randint(5, 99))


def person(name: str, age: int) -> Task:
    """Ask for the object of a person."""
    told, years, fence = (
        rf'"name"\s*:\s*"{name}"',
        rf'"age"\s*:\s*(?:{age}|"{age}")',
        r"(?:\s*```(?:json)?\s*)?",
    )
    check = every(
        {"type": "json_object", "keys": ["name", "age"]},
        whole(rf"{fence}\{{\s*(?:{told}\s*,\s*{years}|{years}\s*,\s*{told})\s*\}}{fence}"),
    )
    ask = f'Write a JSON object with the keys "name" and "age" for {name}, who is {age} years old.'
    return asked(f"{ask} Write only the JSON.", check)
