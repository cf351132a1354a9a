"""`python` and `reward`: functions of others decide, in workers, and nothing of theirs runs before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from winnow.verifiers import SpecError, Status, VerifierPool, load

pytestmark = pytest.mark.usefixtures("checks")


def judged(
    kind: str, name: str, completion: str, reference: dict[str, Any] | None = None, **more: Any
) -> Any:
    return load({"type": kind, "function": f"checks.py:{name}", **more})(reference or {}, completion)


@pytest.mark.parametrize(
    ("name", "completion", "more", "status", "score", "reason"),
    [
        ("even", "It is 4", {}, "pass", 1.0, ""),
        ("even", "It is 5", {}, "fail", 0.0, "checks.py:even says False"),
        ("share", "aaab", {}, "fail", 0.75, "checks.py:share says 0.75"),
        ("share", "aaab", {"threshold": 0.7}, "pass", 0.75, ""),
        ("nothing", "a", {}, "skip", None, "checks.py:nothing says nothing of it"),
        ("told", "abcdef", {}, "fail", 0.0, "because I say so"),
        ("scored", "a", {"threshold": 0.5}, "pass", 0.5, "half"),
        ("raises", "a", {}, "error", None, "python broke: RuntimeError: no luck"),
        (
            "text",
            "a",
            {},
            "error",
            None,
            "python broke: TypeError: checks.py:text returned 'yes', expected True",
        ),
        (
            "beyond",
            "a",
            {},
            "error",
            None,
            "python broke: TypeError: checks.py:beyond returned 3.5, expected True",
        ),
    ],
)
def test_python(
    name: str, completion: str, more: dict[str, Any], status: str, score: float | None, reason: str
) -> None:
    verdict = judged("python", name, completion, {"why": "I say so"}, **more)
    assert (verdict.status, verdict.score) == (status, score)
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    ("name", "completion", "more", "status", "score"),
    [
        ("lengths", "abc", {}, "pass", 1.0),
        ("lengths", "ab", {}, "fail", 0.0),
        ("fractions", "a", {}, "fail", 0.25),
        ("fractions", "a", {"threshold": 0.2}, "pass", 0.25),
        ("absent", "a", {}, "skip", None),
        ("chatty", "hi", {"chat": True}, "pass", 1.0),
        ("chatty", "ho", {"chat": True}, "fail", 0.0),
        ("later", "a", {}, "pass", 1.0),
        ("two", "a", {}, "error", None),
        ("even", "a", {}, "error", None),
    ],
)
def test_reward(name: str, completion: str, more: dict[str, Any], status: str, score: float | None) -> None:
    verdict = judged("reward", name, completion, {"answer": "3"}, **more)
    assert (verdict.status, verdict.score) == (status, score), verdict


async def test_functions_run_in_workers_that_are_killed_when_they_take_too_long(checks: Path) -> None:
    checks.write_text(
        "import os\n\ndef who(completion, reference):\n"
        "    while completion == 'hang': pass\n"
        "    return {'status': 'pass', 'reason': str(os.getpid())}\n"
    )
    async with VerifierPool({"type": "python", "function": "checks.py:who"}, workers=1, deadline=1.0) as pool:
        one, hangs, other = await pool.judge([({}, "a"), ({}, "hang"), ({}, "b")])
    assert [one.status, hangs.status, other.status] == ["pass", "error", "pass"]
    assert "exceeded its deadline" in hangs.reason


async def test_a_module_is_named_without_its_ending(monkeypatch: pytest.MonkeyPatch, checks: Path) -> None:
    monkeypatch.syspath_prepend(str(checks.parent))
    (checks.parent / "kit").mkdir()
    (checks.parent / "kit/__init__.py").write_text("raise RuntimeError('validate imported me')")
    (checks.parent / "kit/deep.py").write_text("def yes(completion, reference): return True")
    load({"type": "python", "function": "kit.deep:yes"})  # looked up, and not imported
    (checks.parent / "kit/__init__.py").write_text("")
    async with VerifierPool({"type": "python", "function": "kit.deep:yes"}, workers=1) as pool:
        assert (await pool.judge([({}, "a")]))[0].status is Status.PASS


def test_nothing_is_run_before_a_question(checks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    checks.write_text(checks.read_text() + "# not imported by another test\n")
    judge = load({"type": "python", "function": "checks.py:even"})
    assert capsys.readouterr().out == ""
    judge({}, "4")
    assert capsys.readouterr().out == "imported\n"


def test_an_edit_makes_another_verifier(checks: Path) -> None:
    spec = {"type": "python", "function": "checks.py:even"}
    before, other = load(spec), load({**spec, "function": "checks.py:share"})
    assert before.fingerprint == load(spec).fingerprint != other.fingerprint
    checks.write_text(checks.read_text().replace("02468", "13579"))
    after = load(spec)
    assert after.fingerprint != before.fingerprint
    assert after({}, "3").status is Status.PASS
    assert not after.pure
    assert load({**spec, "pure": True}).pure


@pytest.mark.parametrize(
    ("function", "told"),
    [
        ("even", "expected 'file.py:function' or 'module:function'"),
        ("checks.py:", "expected 'file.py:function'"),
        ("checks.py:a b", "expected 'file.py:function'"),
        ("none.py:even", "none.py cannot be read"),
        ("checks.py:odd", "defines no 'odd'; its functions and classes: Answer, absent"),
        ("no.such.module:f", "no module 'no.such.module' on the import path"),
        ("broken.py:f", "line 1 is no Python"),
    ],
)
def test_what_is_not_there_is_told_before_anything_runs(checks: Path, function: str, told: str) -> None:
    (checks.parent / "broken.py").write_text("def f(:\n")
    for kind in ("python", "reward"):
        with pytest.raises(SpecError) as wrong:
            load({"type": kind, "function": function})
        assert told in str(wrong.value)
        assert wrong.value.path == ("function",)


def test_a_row_of_data_can_name_no_code() -> None:
    spec = {"type": "python", "function": "checks.py:even"}
    for check in (spec, {"type": "all", "of": [spec]}, {"type": "not", "of": spec}):
        verdict = load("per_problem")({"check": check}, "4")
        assert verdict.status is Status.ERROR
        assert "a row of data may name no code" in verdict.reason
    with pytest.raises(SpecError, match="needs the parameter 'function'"):
        load("python")
