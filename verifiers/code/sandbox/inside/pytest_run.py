"""`pytest`: each test that it collects is one, with its fixtures, parameters and `raises`."""

from __future__ import annotations

import builtins
import importlib.util
from pathlib import Path
from typing import Any

from .harness import Results
from .jail import SCRATCH
from .scripts import Unfit


def run_pytest(script: str, names: dict[str, Any], results: Results) -> None:
    """Run a file of tests. What was defined for them, the candidate's function too, they find by name.

    Raises:
        Unfit: pytest is not installed, or collects nothing.
    """
    if importlib.util.find_spec("pytest") is None:
        raise Unfit("they import pytest, which is not installed")
    import pytest

    for name, value in names.items():
        if not name.startswith("_") and not hasattr(builtins, name):
            setattr(builtins, name, value)
    file = Path(SCRATCH) / "test_tests.py"
    file.write_text(script, encoding="utf-8")
    record = _Record(results)
    options = ["-q", "-s", "--noconftest", "-p", "no:cacheprovider", "--rootdir", SCRATCH, "-c", "/dev/null"]
    pytest.main([*options, str(file)], plugins=[record])
    if not results.passed and record.trouble:
        raise Unfit(f"pytest collects nothing: {record.trouble[:150]}")


class _Record:
    def __init__(self, results: Results) -> None:
        self._results, self._places, self.trouble = results, dict[str, int](), ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.nodeid not in self._places:
            self._places[report.nodeid] = self._results.add()
        place = self._places[report.nodeid]
        if report.when == "call":
            self._results.passed[place] = report.passed
        elif report.failed:
            self._results.passed[place] = False
        if report.failed:
            self._results.failed(f"{report.nodeid.rpartition('::')[2]}: {_line(report)}")

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.trouble = str(report.longrepr).strip().splitlines()[-1]


def _line(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(getattr(crash, "message", "failed")).splitlines()[0]
