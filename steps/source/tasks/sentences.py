"""Families that ask for one sentence with a property that can be counted."""

from __future__ import annotations

from random import Random

from winnow.steps.source.tasks.checks import every, one_sentence
from winnow.steps.source.tasks.family import Task, asked, family
from winnow.steps.source.tasks.words import nouns


@family
def two_words(rng: Random) -> Task:
    """One sentence with two given words that have little to do with each other."""
    return with_two_words(*rng.sample(nouns, 2))


def with_two_words(one: str, other: str) -> Task:
    """Ask for a sentence with both words."""
    return asked(
        f'Write one sentence that contains the words "{one}" and "{other}".', one_sentence([one, other])
    )


@family
def short_sentence(rng: Random) -> Task:
    """One sentence with a given word, under so many words, without a comma."""
    return short_with(rng.choice(nouns), rng.randint(12, 16))


def short_with(word: str, limit: int) -> Task:
    """Ask for a sentence with the word and fewer than `limit` words."""
    check = one_sentence([word], least=3, most=limit - 1)
    return asked(
        f'Write one sentence with the word "{word}". Use fewer than {limit} words and no comma.',
        every(check, {"type": "forbidden_characters", "characters": ","}),
    )


@family
def question(rng: Random) -> Task:
    """One question with two given words, under 12 words, after an example."""
    a, b, c, d = rng.sample(nouns, 4)
    return question_with(c, d, shown=(a, b))


def question_with(one: str, other: str, shown: tuple[str, str]) -> Task:
    """Ask for a short question with both words; the example has the words `shown`."""
    ask = 'Write one question with the words "{}" and "{}". Use fewer than 12 words.'
    example = (ask.format(*shown), f"Where did you put the {shown[0]} and the {shown[1]}?")
    return asked(ask.format(one, other), one_sentence([one, other], ends="?", most=11), [example])
