"""`all`, `any`, `not` and `per_problem`: verifiers made of verifiers.

The order of statuses is one of proof: what is proven decides, then trouble of ours is told, then what does
not apply.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.registry import Check, SpecError, Verifier, load, load_from_row, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Status, Verdict

_ALL = (Status.FAIL, Status.ERROR, Status.SKIP, Status.PASS)
_ANY = (Status.PASS, Status.ERROR, Status.SKIP, Status.FAIL)


@dataclass(frozen=True, slots=True)
class _Combined:
    """A check that knows its parts: their versions and purity are its own."""

    parts: tuple[Verifier, ...]
    judge: Callable[[tuple[Verifier, ...], Mapping[str, Any], str], Verdict]

    def __call__(self, reference: Mapping[str, Any], completion: str) -> Verdict:
        return self.judge(self.parts, reference, completion)


@verifier("all", from_reference=False)
def all_(of: list[Any]) -> Check:
    """Pass where every part passes. One that fails decides, even if another errs; the score is the lowest."""
    return _Combined(_parts(of), _judge_all)


@verifier("any", from_reference=False)
def any_(of: list[Any]) -> Check:
    """Pass where one part passes, even if another errs; the score is the highest."""
    return _Combined(_parts(of), _judge_any)


@verifier("not", from_reference=False)
def not_(of: Any) -> Check:
    """Pass where the part fails, and fail where it passes; an empty completion fails. The score is 1 - s."""
    if isinstance(of, list | tuple):
        raise SpecError(f"'not' takes one verifier, found a list of {len(of)}", ("of",))
    return _Combined((_part(of, "of"),), _judge_not)


@verifier("per_problem", open_ended=True)
def per_problem(check: dict[str, Any] | str) -> Check:
    """Each problem's reference names its own test: `{"check": {"type": "number"}, "answer": 7}`."""
    try:
        return load_from_row(check)
    except SpecError as wrong:
        raise SpecError(str(wrong), ("check", *wrong.path)) from None


def _parts(specs: Sequence[Any]) -> tuple[Verifier, ...]:
    if not specs:
        raise SpecError("'of' is an empty list, expected at least one verifier", ("of",))
    return tuple(_part(spec, "of", place) for place, spec in enumerate(specs))


def _part(spec: Any, *path: str | int) -> Verifier:
    try:
        return load(spec)
    except SpecError as wrong:
        raise SpecError(str(wrong), (*path, *wrong.path)) from None


def _judge_all(parts: tuple[Verifier, ...], reference: Mapping[str, Any], completion: str) -> Verdict:
    found: list[tuple[Verifier, Verdict]] = []
    for part in parts:
        found.append((part, part(reference, completion)))
        if found[-1][1].status is Status.FAIL and not found[-1][1].score:
            break  # no part can change this any more
    return _decide(found, _ALL, min)


def _judge_any(parts: tuple[Verifier, ...], reference: Mapping[str, Any], completion: str) -> Verdict:
    found: list[tuple[Verifier, Verdict]] = []
    for part in parts:
        found.append((part, part(reference, completion)))
        if found[-1][1].status is Status.PASS and found[-1][1].score == 1:
            break
    return _decide(found, _ANY, max)


def _judge_not(parts: tuple[Verifier, ...], reference: Mapping[str, Any], completion: str) -> Verdict:
    (part,) = parts
    verdict = part(reference, completion)
    if verdict.status not in (Status.PASS, Status.FAIL):
        return verdict
    score = 1 - (verdict.score or 0.0)
    if verdict.status is Status.PASS:
        return Verdict.failed(f"{part.name} passes", extracted=verdict.extracted, score=score)
    if not completion.strip():
        return Verdict.failed(EMPTY)
    return Verdict.passed(_named(part, verdict), extracted=verdict.extracted, score=score)


def _decide(
    found: Sequence[tuple[Verifier, Verdict]],
    order: tuple[Status, ...],
    pick: Callable[[Sequence[float]], float],
) -> Verdict:
    status = next(one for one in order if any(verdict.status is one for _, verdict in found))
    decisive = [(part, verdict) for part, verdict in found if verdict.status is status]
    proven = status in (Status.PASS, Status.FAIL)
    scores = [verdict.score for _, verdict in found if verdict.score is not None] if proven else []
    reasons = [_named(part, verdict) for part, verdict in decisive if verdict.reason]
    if status is order[0]:
        reasons = reasons[:1]
    extracted = next((verdict.extracted for _, verdict in decisive if verdict.extracted is not None), None)
    return Verdict(
        status,
        pick(scores) if scores else None,
        "; ".join(dict.fromkeys(reasons)),
        extracted if proven else None,
    )


def _named(part: Verifier, verdict: Verdict) -> str:
    told = verdict.reason
    return told if told.startswith((f"{part.name}: ", f"{part.name} broke: ")) else f"{part.name}: {told}"
