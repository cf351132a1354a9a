"""Word problems that differ in what they say, and the same problem said again with light edits."""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

_NAMES = tuple(
    "Amira Bo Chen Dora Emil Farah Goran Hana Ivo Jun Kofi Lena Mateo Nour Olga Petr Quinn Rosa Sven".split()  # noqa: SIM905
)
_THINGS = tuple(
    "apples bricks candles drums eggs flutes gloves hats jars kites lamps maps nuts pens ropes shells".split()  # noqa: SIM905
)
_PLACES = tuple(
    "market harbour library school bakery garden museum station workshop farm stadium theatre".split()  # noqa: SIM905
)
_TIMES = (
    "Monday morning",
    "the summer holidays",
    "the school fair",
    "a rainy week",
    "the harvest",
    "the last evening",
)
_VERBS = tuple(
    "bought packed painted sold repaired collected counted borrowed delivered polished".split()  # noqa: SIM905
)
_CLAUSES = (
    "{name} {verb} {n} {things} at the {place} during {time}",
    "on the way to the {place} {other} gave away {n} of the {things}",
    "each of the {things} weighs {n} grams and costs {m} cents at the {place}",
    "{other}, who works at the {place}, {verb} twice as many {things} as {name}",
    "a neighbour of {name} {verb} {n} more {things} before {time} was over",
    "the {place} closes early, so {other} {verb} only {n} {things}",
    "half of the {things} broke when {other} dropped the box near the {place}",
    "{name} and {other} share the {things} equally with {n} friends from the {place}",
    "for every {n} {things} the {place} adds {m} for nothing",
    "because of {time}, {name} leaves {n} {things} at the {place} for {other}",
)
_QUESTIONS = (
    "How many {things} does {name} have in the end?",
    "How much do all the {things} cost together, in cents?",
    "What is the least number of {things} that {other} can have {verb}?",
    "How many days will the {things} last if {name} uses {n} a day?",
)
_SAID = (
    "Please solve this problem.",
    "Here is a task for you:",
    "Read carefully and answer.",
    "Thanks in advance!",
)


def story(random: Random) -> str:
    """A word problem of three to six sentences."""

    def filled(pattern: str) -> str:
        return pattern.format(
            name=name,
            other=other,
            verb=random.choice(_VERBS),
            things=random.choice(_THINGS),
            place=random.choice(_PLACES),
            time=random.choice(_TIMES),
            n=random.randint(2, 90),
            m=random.randint(2, 90),
        )

    name, other = random.sample(_NAMES, 2)
    clauses = [filled(clause) for clause in random.sample(_CLAUSES, random.randint(3, 6))]
    sentences = [clause[0].upper() + clause[1:] + "." for clause in clauses]
    return " ".join([*sentences, filled(random.choice(_QUESTIONS))])


def recased(text: str, random: Random) -> str:
    return random.choice([text.upper(), text.lower(), text.title()])


def repunctuated(text: str, random: Random) -> str:
    return random.choice(
        [
            text.replace(".", "!"),
            text.replace(",", ""),
            text.replace(". ", ";\n"),
            f"\u201c{text}\u201d",
            text + " ...",
        ]
    )


def surrounded(text: str, random: Random) -> str:
    return random.choice([f"{random.choice(_SAID)} {text}", f"{text}\n\n{random.choice(_SAID)}"])


def mistyped(text: str, random: Random) -> str:
    """One or two letters of long words swapped."""
    for _ in range(random.randint(1, 2)):
        at = random.choice([found.start() for found in re.finditer(r"[a-z]{6,}", text)]) + 1
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def reworded(text: str, random: Random) -> str:
    """A word of six letters or more replaced by another."""
    found = random.choice(list(re.finditer(r"\b[a-z]{6,}\b", text)))
    return text[: found.start()] + random.choice(["gathered", "somewhere", "certain"]) + text[found.end() :]


def renumbered(text: str, random: Random) -> str:
    """Another problem: one number is another number."""
    found = random.choice(list(re.finditer(r"\d+", text)))
    return text[: found.start()] + str(int(found.group()) + random.randint(1, 9)) + text[found.end() :]


EDITS: tuple[Callable[[str, Random], str], ...] = (recased, repunctuated, surrounded, mistyped, reworded)
"""Edits after which it is the same problem."""
