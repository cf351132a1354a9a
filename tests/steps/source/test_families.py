"""Every family's test, on right and wrong answers written by hand."""

from __future__ import annotations

import pytest

from winnow.steps.source.tasks import facts, functions, grammar, layouts, sentences
from winnow.steps.source.tasks.family import SANDBOXED, Task, families, load_families
from winnow.verifiers import load

TWO = sentences.with_two_words("lamp", "river")
SHORT = sentences.short_with("lamp", 12)
QUESTION = sentences.question_with("lamp", "river", shown=("cat", "hat"))
PLURAL = grammar.plural_of("wolf", "lamp", ("baby", "river"))
PAST = grammar.past_of("run", "lamp", [("eat", "river"), ("sing", "boat")])
CAPITAL = facts.capital_of("France", ["Italy", "Spain", "Japan"])
SUM = facts.sum_of(("Ivy", "shells", 7, 9), [("Ben", "coins", 2, 3), ("Leo", "cups", 4, 4)])
NUMBERED = layouts.numbered(["lamp", "river", "goat"])
THINGS = layouts.things_with("lamp", 3, [["cat", "hat"], ["sun", "moon", "star"]])
BULLETS = layouts.bullets_with("lamp", 2, [["sun", "moon", "star"], ["cat", "hat"]])
LARGER = functions.function_of(next(kind for kind in functions.KINDS if kind.name == "larger"), 5)
PERSON = layouts.person("Olga", 80)

RIGHT: dict[str, tuple[Task, list[str]]] = {
    "two_words": (
        TWO,
        [
            "The lamp fell into the river.",
            "A lamp, an old one, was left by the River!",
            " “Take the lamp down to the river,” she said. ",
        ],
    ),
    "short_sentence": (
        SHORT,
        ["The lamp is on.", "Let's light a lamp!", "My old lamp makes one two three four five six seven."],
    ),
    "question": (QUESTION, ["Where is the lamp by the river?", "Does a river need a lamp?"]),
    "plural": (PLURAL, ["There are three wolves behind the lamp.", "Wolves saw a lamp."]),
    "past_tense": (PAST, ["Last week we ran near the lamp.", "The lamp ran dry."]),
    "capital": (
        CAPITAL,
        [
            "Paris",
            "Paris.",
            "It is Paris.",
            "The capital of France is Paris.",
            "Paris is the capital of France",
            "It's Paris!",
        ],
    ),
    "sum_story": (SUM, ["7 + 9 = 16", "9 + 7 = 16.", "7 + 9 = 16 shells", "Ivy has 7 + 9 = 16 shells."]),
    "numbered_words": (
        NUMBERED,
        [
            "1. lamp\n2. river\n3. goat",
            "1) Lamp\n2) River\n3) Goat\n",
            '1. "lamp"\n\n2. "river"\n\n3. "goat"',
        ],
    ),
    "numbered_things": (THINGS, ["1. lamp\n2. chair\n3. old table", "1. Sun\n2. A lamp\n3. star"]),
    "bullets": (BULLETS, ["- lamp\n- chair", "* chair\n* the lamp"]),
    "json_person": (
        PERSON,
        ['{"name": "Olga", "age": 80}', '```json\n{\n  "age": "80",\n  "name": "Olga"\n}\n```'],
    ),
    "function": (
        LARGER,
        [
            "```python\ndef larger(xs):\n    return [x for x in xs if x > 5]\n```",
            "def larger(xs): return list(filter((5).__lt__, xs))",
        ],
    ),
}

WRONG: dict[str, list[str]] = {
    "function": [
        "```python\ndef larger(xs):\n    return [x for x in xs if x >= 5]\n```",
        "```python\ndef larger(xs):\n    return sorted(x for x in xs if x > 5)\n```",
        "def larger(xs): return [x > 5 for x in xs]",
        "def larger(xs): return xs",
        "def greater(xs): return [x for x in xs if x > 5]",
        "Use a list comprehension.",
    ],
    "two_words": [
        "The lamp fell into the sea.",
        "The lamps fell into the rivers.",
        "the lamp fell into the river.",
        "The lamp fell into the river",
        "The lamp fell. The river rose.",
        "The lamp fell into\nthe river.",
        "Lamp, river.",
        "A lamp, a pizza, and a lazy old river.",
        "River of love and a lamp: a place.",
        "The lamp lamp is in the river river.",
        "Here is one sentence that contains the words lamp and river.",
        "1. The lamp is in the river.",
        "**The lamp is in the river.**",
        "灯 The lamp is in the river.",
    ],
    "short_sentence": [
        "The lamp, it is on.",
        "The lamps are on.",
        "The lamp is on one two three four five six seven eight.",
        "The lamp.",
        "Lamp is",
        "The lamp is on. It is bright.",
        "I use fewer than 12 words with the word lamp.",
    ],
    "question": [
        "The lamp is by the river.",
        "Where is the lamp?",
        "Where is the lamp? Where is the river?",
        "Where did you put the cat and the hat?",
        "Where on the one two three four five six is the lamp by the river?",
        "Lamp river?",
        "Is this a question with lamp and river?",
    ],
    "plural": [
        "There are three wolfs behind the lamp.",
        "There is a wolf behind the lamp.",
        "There are three wolves behind the lantern.",
        "Wolves, lamp.",
        "wolves",
        "There are three babies behind the river.",
    ],
    "past_tense": [
        "Last week we runned near the lamp.",
        "Last week we run near the lamp.",
        "We have been running near the lamp.",
        "Last week we ran near the light.",
        "ran, lamp",
        "Last week we ate near the river.",
    ],
    "capital": [
        "London",
        "paris",
        "It is London.",
        "Paris is in Italy.",
        "The capital of France is London, not Paris.",
        "France is Paris.",
        "The capital of Italy is Paris.",
        "Paris, Italy",
        "It is Paris. It is Lyon.",
        "Paris is a big and very old city in France",
    ],
    "sum_story": [
        "16",
        "7 + 9 = 15",
        "7 + 9 = 160",
        "6 + 10 = 16",
        "7 - 9 = 16",
        "7 + 9 = 16 coins",
        "Ben has 7 + 9 = 16 shells.",
        "7 + 9 = 16\n7 + 9 = 17",
        "7 + 9",
        "2 + 3 = 5",
    ],
    "numbered_words": [
        "1. river\n2. lamp\n3. goat",
        "1. lamp\n2. river",
        "1. lamp\n2. river\n3. goat\n4. cat",
        "1. lamp\n2. river\n4. goat",
        "- lamp\n- river\n- goat",
        "1. lamp 2. river 3. goat",
        "Here it is:\n1. lamp\n2. river\n3. goat",
        "1. lamp\n2. river\n3. goat\nDone.",
        "1. lamps\n2. river\n3. goat",
    ],
    "numbered_things": [
        "1. lamp\n2. chair",
        "1. lamp\n2. chair\n3. table\n4. cat",
        "1. cup\n2. chair\n3. table",
        "1. lamps\n2. chair\n3. table",
        "1. red lamp\n2. chair\n3. table",
        "1. lamp\n2. chair\n3. chair",
        "1. lamp\n2. chair\n3. Lamp.",
        "1. lamp\n2. 2\n3. table",
        "1. lamp\n3. chair\n2. table",
        "- lamp\n- chair\n- table",
        "lamp\nchair\ntable",
        "Sure:\n1. lamp\n2. chair\n3. table",
    ],
    "bullets": [
        "- lamp",
        "- lamp\n- chair\n- table",
        "- chair\n- table",
        "- lamp\n- lamp",
        "1. lamp\n2. chair",
        "- lamp\n- 12",
        "- red lamp\n- chair",
        "Here:\n- lamp\n- chair",
        "- lamp\n- chair\n\nThese are two.",
        "-lamp\n-chair",
    ],
    "json_person": [
        '{"name": "Olga"}',
        '{"name": "Olga", "age": 81}',
        '{"name": "Olga", "age": 800}',
        '{"name": "Anna", "age": 80}',
        '{"name": "Olga", "age": 80, "city": "Rome"}',
        '{"name": "Olga", "age": 80}\nThis is JSON.',
        "{'name': 'Olga', 'age': 80}",
        '[{"name": "Olga", "age": 80}]',
        '{"name": "Olga", "age": {"age": 80}}',
        '{"name": "Olga", "name": "Olga", "age": 80}',
        "Olga is 80.",
    ],
}  # fmt: skip


def verdict(task: Task, answer: str) -> str:
    found = load({"type": "per_problem"})({"check": task.check, **task.reference}, answer)
    return found.status.value


def test_every_family_stands_here() -> None:
    load_families()
    assert RIGHT.keys() == WRONG.keys() == families.keys()


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, (_, answers) in RIGHT.items() for answer in answers]
)
def test_right_answers_pass(name: str, answer: str) -> None:
    assert verdict(RIGHT[name][0], answer) == "pass"


@pytest.mark.parametrize(
    ("name", "answer"), [(name, answer) for name, answers in WRONG.items() for answer in answers]
)
def test_wrong_answers_fail(name: str, answer: str) -> None:
    assert verdict(RIGHT[name][0], answer) == "fail"


@pytest.mark.parametrize("name", sorted(set(RIGHT) - SANDBOXED))  # of those, what is not fenced is no code
def test_an_answer_of_a_megabyte_is_judged_at_once(name: str) -> None:
    task, (right, *_) = RIGHT[name]
    for filler in (" ", "a", "lamp ", "1. lamp\n", "\n", "[[", "-"):
        assert verdict(task, right + filler * (1_000_000 // len(filler)) + "!") == "fail"


@pytest.mark.parametrize("name", list(RIGHT))
def test_the_last_turn_asks_and_earlier_ones_show(name: str) -> None:
    roles = [turn["role"] for turn in RIGHT[name][0].prompt]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]
