"""Suites of tests as the sandbox takes them: compiled once a suite, not once a candidate."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any

from winnow.verifiers.code.sandbox.inside.scripts import Unfit, plain, prepared
from winnow.verifiers.code.sandbox.traces import leaves_traces

__all__ = ["Unfit", "suite_of"]

_KEPT = 256  # suites; the candidates of a problem come one after another


def suite_of(tests: Mapping[str, Any]) -> dict[str, Any]:
    """What `inside.harness.Suite` is made of.

    `tests` are `hidden` and `public`, lists of scripts; `setup`, a script that runs before each list;
    `prompt`, the problem's own code, where it is code; `entry_point`, what the candidate defines.

    Raises:
        Unfit: a script does not compile.
    """
    return _suite_of(json.dumps(dict(tests), sort_keys=True))


@lru_cache(_KEPT)
def _suite_of(told: str) -> dict[str, Any]:
    tests = json.loads(told)
    prompt = None
    with suppress(Unfit):  # it may be prose, or end in the middle of something
        prompt = plain(tests.get("prompt") or "", "<prompt>")
    setup = tests.get("setup") or ""
    scripts = [*tests["hidden"], *(tests.get("public") or []), setup, tests.get("prompt") or ""]
    return {
        "traces": leaves_traces(scripts),
        "hidden": [prepared(one) for one in tests["hidden"]],
        "public": [prepared(one) for one in tests.get("public") or []],
        "setup": plain(setup, "<setup>"),
        "prompt": prompt,
        "entry_point": tests.get("entry_point"),
    }
