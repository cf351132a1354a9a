"""Numbers for keys: the same as a dict gives, in a fraction of its memory."""

from __future__ import annotations

import random
import tracemalloc

from winnow.steps.numbering import Numbering
from winnow.steps.records import key_of


def test_it_numbers_as_a_dict_does() -> None:
    dice, numbers, numbering = random.Random(1), dict[str, int](), Numbering()
    for _ in range(20_000):
        key = key_of(dice.randrange(10_000))
        assert numbering.find(key) == numbers.get(key)
        assert numbering.add(key) == numbers.setdefault(key, len(numbers))
    assert [numbering[number] for number in range(len(numbering))] == list(numbers)


def test_keys_that_meet_are_told_apart() -> None:
    """Equal in one half, or in the bits by which they are looked up."""
    numbering = Numbering()
    keys = [f"{high:016x}{low:016x}" for high in (0, 1, 2**64 - 1) for low in (0, 2**20, 2**40, 2**64 - 1)]
    assert [numbering.add(key) for key in keys * 2] == list(range(12)) * 2
    assert [numbering[number] for number in range(12)] == keys


def test_a_key_takes_little_memory() -> None:
    tracemalloc.start()
    numbering = Numbering()
    for at in range(50_000):
        numbering.add(key_of(at))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken < 40 * 50_000
