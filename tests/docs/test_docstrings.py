"""The examples in docstrings are run."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import winnow

ELSEWHERE = "winnow.steps.review.server.inside."  # what runs beside libraries that are not in our environment
MODULES = sorted(
    found.name
    for found in pkgutil.walk_packages(winnow.__path__, "winnow.")
    if not found.name.endswith("__main__") and not found.name.startswith(ELSEWHERE)
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for name in MODULES for test in finder.find(importlib.import_module(name)) if test.examples]
    assert len(found) >= 15
