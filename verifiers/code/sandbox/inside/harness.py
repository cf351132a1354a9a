"""Runs tests of any form against a candidate, and counts which of them pass.

Every form ends as a list of tests with a result each: an `assert` on the outside of a script, or of
HumanEval's `check`, is a test; so is a method of a `unittest.TestCase`, and a function `test_...`.
"""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .candidate import said
from .peer import Broken
from .remote import is_told
from .scripts import CHECK, UNIT, Unfit, unpacked

TESTS = "tests"
"""What the module of the tests is called."""


@dataclass(frozen=True)
class Suite:
    """Tests as `scripts.prepared` made them; `setup` runs before each list, and before that `prompt`, the
    problem's own code. With `traces` it may change the process that it runs in."""

    traces: bool
    hidden: list[dict[str, Any]]
    public: list[dict[str, Any]]
    setup: str
    prompt: str | None
    entry_point: str | None


@dataclass
class Results:
    """What passed, test by test, in their order; `why` says how the first that failed did."""

    passed: list[bool] = field(default_factory=list)
    why: str = ""

    def add(self) -> int:
        self.passed.append(False)
        return len(self.passed) - 1

    def failed(self, why: str) -> None:
        self.why = self.why or why

    def told(self) -> str:
        return "".join("1" if one else "0" for one in self.passed)


@dataclass
class Told:
    hidden: Results = field(default_factory=Results)
    public: Results = field(default_factory=Results)

    def told(self) -> dict[str, Any]:
        why = self.hidden.why or self.public.why
        return {"hidden": self.hidden.told(), "public": self.public.told(), "why": why}


class Solution(types.ModuleType):
    """The candidate as a module that tests can import."""

    def __init__(self, name: str, lookup: Callable[[str], Any]) -> None:
        super().__init__(name)
        self._lookup = lookup

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        try:
            return self._lookup(name)
        except KeyError:
            raise AttributeError(f"the solution defines no {name!r}") from None


class _Globals(dict[str, Any]):
    """The names of a test: its own, then builtins, then the candidate's."""

    def __init__(self, lookup: Callable[[str], Any]) -> None:
        super().__init__({"__name__": TESTS})
        self._lookup = lookup
        self.asked = False  # for a name that the candidate has

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        self[name] = self._lookup(name)
        self.asked = True
        return self[name]


class _Unit:
    """`with` it around one test: whatever that raises is its result."""

    def __init__(self, results: Results, place: int, line: str) -> None:
        self._results, self._place, self._line = results, place, line

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, failed: BaseException | None, _trace: Any) -> bool:
        if failed is None:
            self._results.passed[self._place] = True
            return False
        self._results.passed[self._place] = False
        self._results.failed(f"{said(failed)}{self._line}")
        return not isinstance(failed, Broken)


def run_tests(suite: Suite, lookup: Callable[[str], Any]) -> Told:
    """Run all tests of a suite; `lookup` finds a name of the candidate's, or raises KeyError.

    Raises:
        Unfit: it is no suite.
    """
    told = Told()
    for scripts, results in ((suite.hidden, told.hidden), (suite.public, told.public)):
        if scripts:
            names = _Globals(lookup)
            if _set_up(suite, names, lookup, results):
                for script in scripts:
                    _run_script(script, names, suite.entry_point, results)
            if not results.passed:
                raise Unfit("they hold no test")
    return told


def _set_up(suite: Suite, names: _Globals, lookup: Callable[[str], Any], results: Results) -> bool:
    """Define what the tests need; where the candidate's code fails at that, they have all failed.

    Raises:
        Unfit: what comes before the tests fails by itself.
    """
    try:
        if suite.prompt is not None:
            # What the problem defines, its tests may trust; a candidate may have defined it anew.
            exec(unpacked(suite.prompt), names)
        exec(unpacked(suite.setup), names)
        if suite.entry_point is not None:
            names[suite.entry_point] = _entry(suite.entry_point, lookup)
    except Broken:
        raise
    except BaseException as failed:
        if not names.asked and not is_told(failed):
            raise Unfit(f"what comes before them fails: {said(failed)}") from None
        results.failed(said(failed))
        results.add()
        return False
    return True


def _entry(name: str, lookup: Callable[[str], Any]) -> Any:
    try:
        return lookup(name)
    except KeyError:

        def absent(*_: Any, **__: Any) -> Any:
            raise NameError(f"name {name!r} is not defined")

        return absent


def _run_script(script: dict[str, Any], names: _Globals, entry_point: str | None, results: Results) -> None:
    if script["pytest"] is not None:
        from .pytest_run import run_pytest

        run_pytest(script["pytest"], names, results)
        return
    before = len(results.passed)
    results.passed += [False] * script["count"]

    def unit(place: int, line: str) -> _Unit:
        return _Unit(results, before + place, f": {line}")

    names[UNIT] = unit
    defined = set(names)
    try:
        exec(unpacked(script["code"]), names)
        own = {name: names[name] for name in names if name not in defined or name == CHECK}
        if script["checks"] and entry_point is not None:
            _call_check(names[CHECK], names[entry_point], results, before)
        _run_cases(own, results)
    except Broken:
        raise
    except BaseException as failed:
        if isinstance(failed, ModuleNotFoundError) and not is_told(failed):
            raise Unfit(f"they import what is not there: {failed}") from None
        # Outside of every assertion: nothing after it was tried.
        results.failed(said(failed))
        results.add()
    if len(results.passed) == before and script["asserts"]:
        results.passed[results.add()] = True  # in a loop, say: it ran to its end


def _call_check(check: Any, function: Any, results: Results, before: int) -> None:
    place = results.add()
    with _Unit(results, place, ""):
        check(function)
    if results.passed[place] and place > before:  # its assertions are the tests, and it is none itself
        results.passed.pop()


def _run_cases(own: dict[str, Any], results: Results) -> None:
    unittest = sys.modules.get("unittest")  # tests that need it have imported it: it takes a while
    for name, one in own.items():
        if (
            unittest
            and isinstance(one, type)
            and issubclass(one, unittest.TestCase)
            and one.__module__ == TESTS
        ):
            from .unittest_run import run_case

            run_case(one, results)
        elif name.startswith("test") and isinstance(one, types.FunctionType) and _takes_nothing(one):
            with _Unit(results, results.add(), f": {name}"):
                one()


def _takes_nothing(function: types.FunctionType) -> bool:
    return function.__code__.co_argcount == len(function.__defaults__ or ())
