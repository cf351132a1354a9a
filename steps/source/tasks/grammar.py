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
    return plural_of(noun, *_others(rng, noun, shown))


def plural_of(noun: str, word: str, shown: Pair) -> Task:
    """Ask for a sentence with the noun's plural and the word; `shown` is the example's pair."""
    example = (_PLURAL.format(*shown), f"There are three {plurals[shown[0]]} behind the {shown[1]}.")
    check = one_sentence([plurals[noun], word])
    return asked(_PLURAL.format(noun, word), check, [example])


@family
def past_tense(rng: Random) -> Task:
    """One sentence with the past tense of an irregular verb, and another word."""
    shown, verb = rng.sample(list(past_tenses), 2)
    return past_of(verb, *_others(rng, verb, shown))


def past_of(verb: str, word: str, shown: Pair) -> Task:
    """Ask for a sentence with the verb's past tense and the word; `shown` is the example's pair."""
    example = (_PAST.format(*shown), f"Last week we {past_tenses[shown[0]]} near the {shown[1]}.")
    check = one_sentence([past_tenses[verb], word])
    return asked(_PAST.format(verb, word), check, [example])


def _others(rng: Random, asked_for: str, shown: str) -> tuple[str, Pair]:
    """Two more nouns: one for the task, one for its example."""
    one, other = rng.sample([noun for noun in nouns if noun not in (asked_for, shown)], 2)
    return one, (shown, other)
