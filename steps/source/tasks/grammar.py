"""Families that ask for a form of a word, used in a sentence: a wrong form is a wrong answer."""

from __future__ import annotations

from random import Random

from winnow.steps.source.tasks.checks import one_sentence
from winnow.steps.source.tasks.family import Task, asked, family
from winnow.steps.source.tasks.words import nouns, past_tenses, plurals

_PLURAL = 'Write one sentence with the plural of "{}" and the word "{}".'
_PAST = 'Write one sentence with the past tense of "{}" and the word "{}".'

Pair = tuple[str, str]


@family
def plural(rng: Random) -> Task:
    """One sentence with the plural of a noun that does not just take an s, and another word."""
    shown, noun = rng.sample(list(plurals), 2)
    other, word = rng.sample([one for one in nouns if one not in (shown, noun)], 2)
    return plural_of(noun, word, (shown, other))


def plural_of(noun: str, word: str, shown: Pair) -> Task:
    """Ask for a sentence with the noun's plural and the word; `shown` is the example's pair."""
    example = (_PLURAL.format(*shown), f"There are three {plurals[shown[0]]} behind the {shown[1]}.")
    check = one_sentence([plurals[noun], word])
    return asked(_PLURAL.format(noun, word), check, [example])


@family
def past_tense(rng: Random) -> Task:
    """One sentence with the past tense of an irregular verb, and another word."""
    *shown, verb = rng.sample(list(past_tenses), 3)
    *others, word = rng.sample(nouns, 3)
    return past_of(verb, word, list(zip(shown, others, strict=True)))


def past_of(verb: str, word: str, shown: list[Pair]) -> Task:
    """Ask for a sentence with the verb's past tense and the word; `shown` are the two examples' pairs."""
    answers = ("Last week we {} near the {}.", "My brother {} behind the {}.")
    examples = [
        (_PAST.format(*pair), answer.format(past_tenses[pair[0]], pair[1]))
        for pair, answer in zip(shown, answers, strict=True)
    ]
    check = one_sentence([past_tenses[verb], word])
    return asked(_PAST.format(verb, word), check, examples)
