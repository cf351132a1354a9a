"""`python`: a function of the user's decides."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.bridge.function import Named, named
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Status, Verdict, cut

_KEYS = {"status", "score", "reason", "extracted"}


@verifier("python", recipe_only=True, pure=False)
def python(function: str, threshold: float = 1.0, pure: bool = False) -> Check:
    """Pass where `function(completion, reference)` says so; named `file.py:function` or `module:function`.

    It returns True or False, a score from 0 to 1 (passing from `threshold` on), None for "does not apply",
    or a mapping with `status` ("pass", "fail", "skip") or `score`, and if it likes `reason` and `extracted`.
    Whatever it raises is an error of ours. Say `pure` where the same question always gets the same answer:
    it is then asked once.
    """
    if not 0 < threshold <= 1:
        raise SpecError(f"threshold is {threshold}, expected above 0 and at most 1", ("threshold",))
    return _Python(named(function), threshold, pure)


@dataclass(frozen=True, slots=True)
class _Python:
    function: Named
    threshold: float
    pure: bool

    @property
    def depends(self) -> tuple[str, ...]:
        return self.function.depends

    def prepare(self) -> None:
        _ = self.function.call

    def __call__(self, reference: Mapping[str, Any], completion: str) -> Verdict:
        return self._verdict(self.function.call(completion, dict(reference)))

    def _verdict(self, found: Any) -> Verdict:
        if found is None:
            return Verdict.skipped(f"{self.function.told} says nothing of it")
        if isinstance(found, Mapping):
            return self._told(found)
        score = score_of(found)
        if score is None or not 0 <= score <= 1:
            raise TypeError(
                f"{self.function.told} returned {cut(repr(found), 40)}, expected True, False, None, "
                "a score from 0 to 1, or a mapping"
            )
        if score >= self.threshold:
            return Verdict.passed(score=score)
        return Verdict.failed(f"{self.function.told} says {found!r}", score=score)

    def _told(self, found: Mapping[Any, Any]) -> Verdict:
        if unknown := sorted(map(str, set(found) - _KEYS)):
            raise TypeError(f"{self.function.told} returned the key {unknown[0]!r}, expected {sorted(_KEYS)}")
        reason, extracted = str(found.get("reason") or ""), found.get("extracted")
        said = None if extracted is None else str(extracted)
        score = score_of(found.get("score"))
        if "status" in found:
            status = Status(found["status"])
            proven = {Status.PASS: 1.0, Status.FAIL: 0.0}.get(status)
            return Verdict(status, proven if proven is None or score is None else score, reason, said)
        plain = self._verdict(found.get("score"))
        return Verdict(plain.status, plain.score, reason or plain.reason, said)


def score_of(found: Any) -> float | None:
    """A number as a float, numpy's too; None for what is none, or no finite one.

    >>> score_of(True), score_of(0.5), score_of("1"), score_of(float("nan"))
    (1.0, 0.5, None, None)
    """
    if isinstance(found, str | bytes) or not hasattr(found, "__float__"):
        return None
    score = float(found)
    return score if math.isfinite(score) else None
