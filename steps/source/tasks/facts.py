"""Families with one right answer each: a fact, and a sum."""

from __future__ import annotations

from random import Random

from winnow.steps.source.tasks.checks import every, whole
from winnow.steps.source.tasks.family import Task, asked, family
from winnow.steps.source.tasks.words import capitals, names, things

_ANSWERS = ("The capital of {0} is {1}.", "It is {1}.", "{1} is the capital of {0}.")
_BEFORE = (
    "It is|It's|That is|The capital is|The capital city is|The capital of {0} is|The capital city of {0} is|"
    "{0}'s capital is|{0}'s capital city is"
)
_BEHIND = (
    ", {0}| is the capital| is the capital city| is the capital of {0}| is {0}'s capital| is its capital"
)


@family
def capital(rng: Random) -> Task:
    """The capital of a country, after three examples that answer in three ways."""
    *shown, country = rng.sample(list(capitals), 4)
    return capital_of(country, shown)


def capital_of(country: str, shown: list[str]) -> Task:
    """Ask for the country's capital."""
    examples = [
        (_question(one), way.format(one, capitals[one])) for one, way in zip(shown, _ANSWERS, strict=True)
    ]
    city = capitals[country]
    before, behind = (ways.format(country) for ways in (_BEFORE, _BEHIND))
    return asked(
        _question(country), every(whole(rf"(?:(?:{before}) {city}|{city}(?:{behind})?)[.!]?")), examples
    )


def _question(country: str) -> str:
    return f"What is the capital of {country}? Answer in at most six words."


Story = tuple[str, str, int, int]  # who, what, how many, how many more
_PAIRS = [(first, more) for first in range(3, 13) for more in range(2, min(first, 10))]


@family
def sum_story(rng: Random) -> Task:
    """A story of getting more of something, whose sum is to be written down, after two examples."""
    whos, whats = rng.sample(names, 3), rng.sample(things, 3)
    drawn = zip(whos, whats, rng.sample(_PAIRS, 3), strict=True)
    *shown, story = [(who, what, first, more) for who, what, (first, more) in drawn]
    return sum_of(story, shown)


def sum_of(story: Story, shown: list[Story]) -> Task:
    """Ask for the sum of a story. Its two numbers may stand in any order; another sum is wrong."""
    who, what, first, more = story
    terms = rf"(?:{first} \+ {more}|{more} \+ {first})"
    check = every(whole(rf"(?:(?:So )?{who} (?:now )?has )?{terms} = {first + more}(?: {what})?[.!]?"))
    return asked(
        _tell(story), check, [(_tell(one), f"{one[2]} + {one[3]} = {one[2] + one[3]}") for one in shown]
    )


def _tell(story: Story) -> str:
    who, what, first, more = story
    return f"{who} has {first} {what} and gets {more} more. How many {what} does {who} have? Write the sum."
