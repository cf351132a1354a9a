"""Probes: what must pass and what must fail, made from references alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from winnow.steps.verify.trial import GOLD, Trial
from winnow.verifiers import BadReference, Verifier
from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.mutants import code_mutants, mutants

Reference = tuple[str, Mapping[str, Any]]
"""Where it stands, and what it holds."""


def golds(verifier: Verifier, references: Iterable[Reference]) -> Iterator[Trial]:
    """What must pass. A reference that cannot be used gets a blank completion, whose verdict tells."""
    for where, reference in references:
        try:
            found = list(verifier.golds(reference))
        except BadReference:
            yield Trial(where, GOLD, True, verifier, reference, "")
            continue
        for part, completion in found:
            yield Trial(where, GOLD, True, part, reference, completion)


def golds_and_mutants(verifier: Verifier, references: Iterable[Reference]) -> Iterator[Trial]:
    """Every gold, its mutants, and, for golden answers, what is right for another reference."""
    before: dict[str, str] = {}
    for trial in golds(verifier, references):
        yield trial
        part, reference = trial.verifier, trial.reference
        wrong = dict[str, str]()
        check = _golden(part, reference)
        if check and trial.completion in check.golds:
            answer = check.answers[check.golds.index(trial.completion)]
            wrong = {check.saying(text): kind for kind, text in mutants(answer) if text not in check.answers}
            other = before.get(part.fingerprint, answer)
            if other not in check.answers:
                wrong[check.saying(other)] = "another's answer"
            before[part.fingerprint] = answer
        else:
            wrong = {text: kind for kind, text in code_mutants(trial.completion)}
        for completion, kind in wrong.items():
            yield Trial(trial.where, kind, False, part, reference, completion)


def _golden(verifier: Verifier, reference: Mapping[str, Any]) -> GoldenCheck | None:
    try:
        check, _ = verifier.resolved(reference)
    except BadReference:
        return None
    return check if isinstance(check, GoldenCheck) else None
