"""`winnow check`: one line of JSON out for every line in, in order, whatever it holds."""

from __future__ import annotations

import contextlib
import json
import os
import random
import select
import signal
import subprocess
import sys
from typing import Any

import pytest

from winnow.pipelines.cli.check import check as judge_lines
from winnow.pipelines.cli.options import spec_of
from winnow.steps.errors import UsageError
from winnow.verifiers import load

COMMAND = [sys.executable, "-m", "winnow.pipelines.cli", "check"]


def check(*arguments: str, told: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([*COMMAND, *arguments], input=told, capture_output=True, timeout=120, check=False)


def answers(*arguments: str, told: bytes) -> list[dict[str, Any]]:
    done = check(*arguments, told=told)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == b"" or done.stdout.endswith(b"\n")
    return [json.loads(line, parse_constant=pytest.fail) for line in done.stdout.splitlines()]


def line(completion: Any, answer: Any = 42) -> bytes:
    return json.dumps({"reference": {"answer": answer}, "completion": completion}).encode()


PASS, FAIL, ERROR = "pass", "fail", "error"
LINES: list[tuple[bytes, str, str]] = [
    (line("it is 42"), PASS, ""),
    (line("41"), FAIL, "41 is not 42"),
    (b"", ERROR, "blank, expected a JSON object"),
    (b"  \t", ERROR, "blank"),
    (b"nope", ERROR, "not JSON: Expecting value at column 1"),
    (b'{"reference": {}', ERROR, "not JSON"),
    (b"[]", ERROR, "an array, expected a JSON object"),
    (b"null", ERROR, "null, expected a JSON object"),
    (b"3", ERROR, "a number, expected a JSON object"),
    (b'"text"', ERROR, "text, expected a JSON object"),
    (b'{"completion": "42"}', ERROR, "the key 'reference' is missing"),
    (b'{"reference": {"answer": 42}}', ERROR, "the key 'completion' is missing"),
    (b'{"reference": {"answer": 42}, "completion": null}', ERROR, "'completion' is null, expected text"),
    (line(["42"]), ERROR, "'completion' is an array, expected text"),
    (line(42), ERROR, "'completion' is a number, expected text"),
    (line(True), ERROR, "'completion' is a truth value, expected text"),
    (b'{"reference": 42, "completion": "42"}', ERROR, "'reference' is a number, expected an object"),
    (b'{"reference": "{\\"answer\\": 42}", "completion": "42"}', PASS, ""),
    (b'{"reference": "42", "completion": "42"}', ERROR, "'reference' is a number"),
    (b'{"reference": "forty", "completion": "42"}', ERROR, "'reference' is text, but no JSON"),
    (b'{"reference": {}, "completion": "42"}', ERROR, "gives 'answer' (the reference's keys: none)"),
    (b'{"reference": {"answer": NaN}, "completion": "42"}', ERROR, "not JSON: NaN is no JSON value"),
    (b'{"id": 1, "reference": {"answer": 42}, "completion": "42", "completion": "43"}', FAIL, "43 is not 42"),
    (b'{"reference": {"answer": 42}, "completion": "\xff 42"}', ERROR, "not UTF-8: byte 0xff at position 45"),
    (b'{"reference": {"answer": 42}, "completion": "\\ud800 42"}', PASS, ""),
    (b'{"reference": {"answer": 42}, "completion": "\x00 42"}', ERROR, "not JSON: Invalid control character"),
    (line("\0 \x1b[31m \u202e \u2028 \x85 42"), PASS, ""),
    (line("42", int("1" * 4300)), FAIL, f"42 is not {'1' * 59}…"),
    (b'{"reference": {"answer": ' + b"7" * 10_000 + b'}, "completion": "' + b"7" * 10_000 + b'"}', PASS, ""),
    (b'{"reference": {"answer": 42}, "completion": "42"}\r', PASS, ""),
    (b"[" * 100_000, ERROR, "not JSON: nested too deeply"),
    (b'{"a":' * 100_000, ERROR, "not JSON: nested too deeply"),
    (line("x" * 1_000_000 + " 42"), PASS, ""),
    (line("9" * 1_000_000), FAIL, "is not 42"),
    (line("42", "x" * 1_000_000), ERROR, "expected one number"),
]  # fmt: skip


def test_every_line_is_answered_whatever_it_holds() -> None:
    found = answers("number", told=b"\n".join(one for one, _, _ in LINES))
    assert len(found) == len(LINES)
    for number, (answer, (_, status, told)) in enumerate(zip(found, LINES, strict=True), 1):
        assert list(answer) == ["status", "score", "reason", "extracted"]
        assert answer["status"] == status, (number, answer)
        assert told in answer["reason"], (number, answer)
        assert answer["score"] == {PASS: 1.0, FAIL: 0.0, ERROR: None}[status]
        assert answer["reason"].startswith(f"line {number}: ") == (status == ERROR)
        assert len(answer["reason"]) < 230


def test_answers_are_plain_ascii_and_hold_no_lone_surrogate() -> None:
    told = line("\x1b[31m\u202e\ud800é", "x")
    done = check("exact", told=told)
    assert done.stdout.isascii()
    assert b"\\u202e" in done.stdout
    extracted = json.loads(done.stdout)["extracted"]
    assert (
        extracted.replace("\ufffd", "") == "\u202eé"
    )  # escape sequences of a terminal are no part of an answer
    assert "\ufffd" in extracted


@pytest.mark.parametrize(
    ("told", "statuses"),
    [
        (b"", []),
        (b"\n", [ERROR]),
        (b"\n\n", [ERROR, ERROR]),
        (line("42"), [PASS]),
        (line("42") + b"\n", [PASS]),
        (line("42") + b"\n\n" + line("42"), [PASS, ERROR, PASS]),
        (b"\xef\xbb\xbf" + line("42") + b"\n\xef\xbb\xbf" + line("42"), [PASS, ERROR]),
    ],
)
def test_lines_are_what_newlines_end(told: bytes, statuses: list[str]) -> None:
    assert [answer["status"] for answer in answers("number", told=told)] == statuses


def test_garbage_is_answered_line_by_line() -> None:
    told = random.Random(7).randbytes(200_000)
    found = answers("number", told=told)
    assert len(found) == told.count(b"\n") + (not told.endswith(b"\n"))
    assert {answer["status"] for answer in found} == {ERROR}


def test_many_lines_come_back_in_order_and_as_a_plain_call_judges() -> None:
    rows = [
        ({"answer": number % 7}, f"{number} makes {number % 5} " + "x " * (number % 300))
        for number in range(5000)
    ]
    told = b"\n".join(json.dumps({"reference": one, "completion": other}).encode() for one, other in rows)
    judge = load("number")
    expected = [judge(*row) for row in rows]
    found = answers("number", told=told)
    assert [(one["status"], one["reason"], one["extracted"]) for one in found] == [
        (one.status, one.reason, one.extracted) for one in expected
    ]


def test_a_line_that_hangs_is_an_error_and_delays_no_verdict() -> None:
    told = b"\n".join([line("aa", "a+"), line("a" * 50 + "b", "(a+)+$"), line("b", "a+")])
    found = answers("regex", "--deadline", "3", told=told)
    assert [answer["status"] for answer in found] == [PASS, ERROR, FAIL]
    assert found[1]["reason"] == "line 2: verifier exceeded its deadline of 3 s"


@pytest.mark.parametrize(
    ("arguments", "completion", "status"),
    [
        (["word_count", "-p", "max=2"], "a b", PASS),
        (["word_count", "-p", "min=2", "-p", "max=2"], "a", FAIL),
        (["required_words", "-p", "words=[cat, lamp]"], "lamp cat", PASS),
        (["required_words", "-p", 'words=["no"]'], "no", PASS),
        (["exact", "-p", "answer=42", "-p", "ignore_case=true"], "42", PASS),
        (["exact", "-p", "answer=yes"], "yes", PASS),
        (["exact", "-p", "answer=a=b"], "a=b", PASS),
        (["regex", "-p", "pattern=[a-z]"], "b", PASS),
        (["regex", "-p", r"pattern=^\d{2}: [x]"], "12: x", PASS),
        (["forbidden_characters", "-p", "characters=,"], "a, b", FAIL),
        (["forbidden_characters", "-p", "characters=-"], "a b", PASS),
        (["number", "-p", "answer=0.1", "-p", "tolerance=0.05"], "0.12", PASS),
        (["all", "-p", "of=[{type: word_count, max: 2}, {type: regex, pattern: a}]"], "a b", PASS),
        (["not", "-p", "of={type: word_count, max: 2}"], "a b", FAIL),
    ],
)
def test_parameters(arguments: list[str], completion: str, status: str) -> None:
    name, *params = (one for one in arguments if one != "-p")
    assert load(spec_of(name, params))({}, completion).status == status


def test_parameters_reach_the_verifier() -> None:
    told = json.dumps({"reference": {}, "completion": "a b"}).encode()
    (found,) = answers("word_count", "--param", "max=1", "-p", "min=0", told=told)
    assert found["reason"] == "2 words, expected 0 to 1"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["number", "-p", "tolerance=much"], "parameter 'tolerance': expected a number, found 'much'"),
        (["number", "-p", "tolerance"], "expected KEY=VALUE, as in --param max=15"),
        (["number", "-p", "=1"], "expected KEY=VALUE"),
        (["number", "-p", "type=exact"], "expected KEY=VALUE"),
        (["word_count", "-p", "min=3", "-p", "max=2"], "min is 3, which is more than max, 2"),
        (["all", "-p", "of=[{type: nmber}]"], "did you mean 'number'?"),
        (["number", "--deadline", "0"], "deadline is 0.0"),
        (["number", "--deadline", "nan"], "deadline is nan"),
    ],
)
def test_a_wrong_parameter_is_told(arguments: list[str], told: str) -> None:
    name, *params = (one for one in arguments if one not in ("-p", "--deadline"))
    deadline = float(params.pop()) if "--deadline" in arguments else 5.0
    with pytest.raises(UsageError) as caught:
        judge_lines(name, params, deadline)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nmber"], "winnow: no verifier is called 'nmber'; did you mean 'number'?"),
        (
            ["number", "-p", "tol=1"],
            "winnow: verifier 'number' has no parameter 'tol'; it takes: answer, tolerance",
        ),
        ([], "Missing argument"),
    ],
)
def test_a_wrong_command_is_told_and_nothing_is_judged(arguments: list[str], told: str) -> None:
    done = check(*arguments, told=line("42"))
    assert (done.returncode, done.stdout) == (2, b"")
    assert told in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


def test_a_line_is_answered_before_the_next_one_comes() -> None:
    with subprocess.Popen([*COMMAND, "number"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for part in (line("42") + b"\n", line("41") + b"\n", line("42")[:20], line("42")[20:] + b"\n"):
            process.stdin.write(part)
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], 120 if part.endswith(b"\n") else 0.3)
            assert bool(ready) == part.endswith(b"\n")
            if ready:
                json.loads(os.read(process.stdout.fileno(), 10_000))
        process.stdin.close()
        assert process.wait(120) == 0


def test_memory_does_not_grow_with_the_input() -> None:
    code = f"""
import resource, subprocess, sys
process = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
for _ in range(int(sys.argv[1])):
    process.stdin.write({line("x" * 100_000 + " 42")!r} + b"\\n")
process.stdin.close()
assert process.wait() == 0
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""

    def peak(lines: int) -> int:
        """In KiB, of the command or one of its workers."""
        told = [sys.executable, "-c", code, str(lines), *COMMAND, "number"]
        return int(subprocess.run(told, capture_output=True, check=True).stdout)

    assert peak(800) < peak(200) + 20_000  # the input grew by 60,000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_it_can_be_interrupted_while_it_waits_for_input(number: signal.Signals) -> None:
    with subprocess.Popen(
        [*COMMAND, "number"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line("42") + b"\n")
        process.stdin.flush()
        assert b"pass" in process.stdout.readline()
        process.send_signal(number)  # its input is not at its end
        assert process.wait(120) == (130 if number is signal.SIGINT else -number)
        assert process.stderr is not None
        assert b"Traceback" not in process.stderr.read()


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen([*COMMAND, "number"], bufsize=0, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdin.write(line("42") + b"\n")
        process.stdout.read(1)
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            while True:
                process.stdin.write(line("42") + b"\n")
        process.wait(120)
        assert process.stderr.read() == b""


def test_the_results_of_tests_are_told_one_by_one() -> None:
    asked = {
        "reference": {"test": ["assert f(2) == 4", "assert f(3) == 9"]},
        "completion": "def f(x): return 4",
    }
    assert answers("unit_tests", told=json.dumps(asked).encode()) == [
        {
            "status": "fail",
            "score": 0.5,
            "reason": "1 of 2 tests: AssertionError: assert f(3) == 9",
            "extracted": "def f(x): return 4",
            "results": "10",
        }
    ]
