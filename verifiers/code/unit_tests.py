"""`unit_tests`: the completion's Python passes the problem's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from winnow.verifiers.code.extraction import code_of
from winnow.verifiers.code.languages import PYTHON_FENCES
from winnow.verifiers.code.sandbox.box import Judged, Limits, Sandbox, SandboxError
from winnow.verifiers.code.settings import DEADLINE, SETTINGS, Where, box_of, limits_of, prepare
from winnow.verifiers.registry import BadReference, Check, SpecError, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut

_WEAKER = "weaker: the tests ran in the candidate's process"


@verifier(
    "unit_tests",
    settings=(*SETTINGS, "mode"),
    deadline=DEADLINE,
    prepare=prepare,
    also={"test": "test_list", "setup": "test_setup_code"},
)
def unit_tests(
    test: str | list[str],
    public_test: str | list[str] | None = None,
    entry_point: str | None = None,
    prompt: str = "",
    setup: str = "",
    mode: Literal["split", "in_process"] = "split",
    seconds: int = 5,
    memory_mb: int = 512,
    preload: list[str] | None = None,
    sandbox: Where = "auto",
) -> Check:
    """Pass where every test passes; the score is the share of the tests `test` that do.

    `test` (or `test_list`) is a script or several: asserts as MBPP has them, a function `check(candidate)`
    that is called with `entry_point` (HumanEval), `unittest.TestCase` classes, or a file for pytest. Every
    assert on the outside, and every test method or function, counts as a test. `public_test` are those that
    the problem shows: they must pass too, and are not part of the score. `setup` runs before the tests.
    The verdict's `results` has a digit a test, those of `public_test` behind a `/`.

    The code is the last block fenced as Python (of those that define `entry_point`, where one does), else
    the whole completion. Where it does not define `entry_point`, it is the rest of `prompt`.

    It runs in the sandbox: no network, no files but its own, `seconds` of CPU time and `memory_mb` of memory.
    With the mode `split` the tests run in another process than the candidate, and calls cross as data
    (decision 0009). `in_process` is for tests that need more than that can carry; a hostile candidate can
    turn it to its favour, and each verdict says so. `preload` names installed packages that candidates may
    import, such as numpy: they are imported once.

    Sources of the forms: HumanEval (Chen et al. 2021, arXiv 2107.03374), MBPP (Austin et al. 2021, arXiv
    2108.07732).
    """
    hidden = _scripts("test", test)
    public = [] if public_test is None else _scripts("public_test", public_test)
    if entry_point is not None and not entry_point.isidentifier():
        raise SpecError(f"entry_point is {cut(repr(entry_point), 40)}, expected a name", ("entry_point",))
    suite = {"hidden": hidden, "public": public, "setup": setup, "prompt": prompt, "entry_point": entry_point}
    return _Judge(suite, box_of(sandbox, preload), mode == "in_process", limits_of(seconds, memory_mb))


@dataclass(frozen=True, slots=True)
class _Judge:
    suite: dict[str, Any]
    box: Sandbox
    in_process: bool
    limits: Limits

    def prepare(self) -> None:
        self.box.start()

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        code = code_of(completion, PYTHON_FENCES, self.suite["entry_point"])
        if not code.strip():
            return Verdict.failed("no Python" if completion.strip() else EMPTY)
        run = self.box.judge_in_process if self.in_process else self.box.judge
        try:
            judged = run(code, self.suite, self.limits)
        except SandboxError as failed:
            return Verdict.error(f"unit_tests: {failed}")
        return _verdict(judged, code, _WEAKER if self.in_process else "")


def _verdict(judged: Judged, code: str, weaker: str) -> Verdict:
    if judged.trouble:
        raise BadReference(judged.trouble)
    results = judged.hidden + (f"/{judged.public}" if judged.public else "")
    passed, count = judged.hidden.count("1"), len(judged.hidden)
    score = passed / count if count else 0.0
    if judged.why or not count or "0" in results:
        why = judged.why or "a test did not pass"
        told = f"{passed} of {count} tests: {why}" if count > 1 else why
        return Verdict.failed(told, extracted=code, score=score, results=results)
    return Verdict.passed(weaker or judged.weaker, extracted=code, results=results)


def _scripts(name: str, told: str | list[str]) -> list[str]:
    several = [told] if isinstance(told, str) else list(told)
    if not several or not all(one.strip() for one in several):
        raise SpecError(f"{name} is empty, expected tests", (name,))
    return several
