"""`unittest`: each method of a test case is a test."""

from __future__ import annotations

import unittest
from typing import Any

from .candidate import describe
from .harness import Results


def run_case(case: type[unittest.TestCase], results: Results) -> None:
    """Run every test method of `case`."""
    record = _Record(results)
    unittest.defaultTestLoader.loadTestsFromTestCase(case).run(record)


class _Record(unittest.TestResult):
    def __init__(self, results: Results) -> None:
        super().__init__()
        self._results, self._places = results, dict[str, int]()

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802
        super().startTest(test)
        self._places[test.id()] = self._results.add()

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        self._results.passed[self._places[test.id()]] = True

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        self._results.failed(f"skipped: {test.id()}")

    def addFailure(self, test: Any, err: Any) -> None:  # noqa: N802
        kind, text = describe(err[1])
        self._results.failed(f"{kind}: {text}: {test.id()}")
        if test.id() not in self._places:  # of the class, before any of its tests
            self._results.add()

    addError = addFailure  # noqa: N815
