"""`pytest`: each test that it collects is one, with its fixtures, parameters and `raises`."""

from __future__ import annotations

import builtins
import importlib.util
from pathlib import Path
from typing import Any

from .candidate import said
from .harness import Results
from .jail import SCRATCH
from .remote import is_told
from .scripts import Unfit


def run_pytest(script: str, names: dict[str, Any], results: Results) -> None:
    """Run a file of tests. What was defined for them, the candidate's function too, they find by name.

    Raises:
        Unfit: pytest is not installed or collects nothing, or they import what is not there.
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
    if record.missing:
        raise Unfit(f"they import what is not there: {record.missing}")
    if record.failed:  # before any test, at what the candidate does not define, for one
        results.failed(record.failed)
        results.add()


class _Record:
    def __init__(self, results: Results) -> None:
        self._results, self._places = results, dict[str, int]()
        self.failed, self.missing = "", ""

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

    def pytest_exception_interact(self, call: Any) -> None:
        if call.when != "collect":
            return
        failed = call.excinfo.value
        failed = failed.__cause__ or failed  # pytest's own word for an ImportError
        self.failed = said(failed)
        if isinstance(failed, ModuleNotFoundError) and not is_told(failed):
            self.missing = str(failed)


def _line(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(getattr(crash, "message", "failed")).splitlines()[0]
