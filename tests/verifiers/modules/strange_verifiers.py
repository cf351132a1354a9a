"""Verifiers that misbehave, for the pool's tests: workers import this module by its name."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from winnow.verifiers import Verdict, verifier
from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.registry import Check

if Path(sys.argv[0]).name == "worker.py":
    print("imported by a worker", flush=True)


@verifier("strange")
def strange() -> Check:
    """Does what the completion says, else passes."""

    def judge(reference: Mapping[str, Any], completion: str) -> Verdict:
        what, _, told = completion.partition(" ")
        if what in ("mark", "stuck"):
            with Path(told).open("a") as file:
                file.write(".")
        if what in ("hang", "stuck"):
            while True:
                pass
        if what == "sleep":
            time.sleep(float(told))
        if what == "exit":
            os._exit(int(told))
        if what == "leave":
            sys.exit(int(told))
        if what == "signal":
            os.kill(os.getpid(), int(told))
        if what == "once" and not Path(told).exists():
            Path(told).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if what == "eat":
            return Verdict.passed(str(len(bytearray(int(told)))))
        if what == "print":
            print("noise " * 1000)
            sys.stderr.write("noise\n")
            os.write(1, b"\0" * 100)
            os.system("echo noise; echo noise >&2")
        if what == "close":
            os.closerange(3, 100)
        if what == "pid":
            return Verdict.passed(str(os.getpid()))
        if what == "score":
            return Verdict.passed(score=object())  # type: ignore[arg-type]
        return Verdict.passed(completion[:50], extracted=str(reference.get("id")))

    return judge


@verifier("tally", pure=False)
def tally() -> Check:
    """Passes with how often it was asked."""
    asked = 0

    def judge(_reference: Mapping[str, Any], _completion: str) -> Verdict:
        nonlocal asked
        asked += 1
        return Verdict.passed(str(asked))

    return judge


@verifier("patient")
def patient(answer: str) -> Check:
    """A golden check: what is behind `=` counts, `easy` is decided fast; tells how often it was slow."""
    asked = 0

    def extract(completion: str) -> str | None:
        _, mark, found = completion.rpartition("=")
        return found.strip() if mark else None

    def fast(found: str) -> Verdict | None:
        return Verdict.passed(f"fast in {os.getpid()}", extracted=found) if found == "easy" else None

    def slow(found: str) -> Verdict:
        nonlocal asked
        asked += 1
        if found == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        if found == "hang":
            time.sleep(60)
        told = f"slow {asked} in {os.getpid()}"
        return (
            Verdict.passed(told, extracted=found)
            if found == answer
            else Verdict.failed(told, extracted=found)
        )

    return GoldenCheck(extract, fast, slow)
