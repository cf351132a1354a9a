"""`ifeval`: the verifiable instructions of IFEval (Zhou et al. 2023, arXiv 2311.07911)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from winnow.verifiers.registry import Check, SpecError
from winnow.verifiers.strict.ifeval.instruction import Test, build
from winnow.verifiers.strict.ifeval.loose import variants
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.strict.spoken import strict
from winnow.verifiers.verdict import LONGEST, Verdict, cut


@strict("ifeval")
def ifeval(
    instruction_id_list: list[str],
    kwargs: list[dict[str, Any] | None] | None = None,
    mode: Literal["strict", "loose"] = "strict",
) -> Check:
    """Pass where every instruction is followed; the score is the share that is.

    Both lists are those of IFEval's data: `kwargs` has one mapping for each id, in which keys with a null
    value do not apply; null or `{}` stands for an instruction that takes nothing. `loose` takes an
    instruction for followed where the completion follows it without its first line, its last, both, or
    without asterisks. What a model says while it thinks is not judged. Each instruction's docstring says
    where it departs from the paper's code: keywords are text and not patterns, `NaN` is no JSON, a text
    without letters is in no language, and sentences, words in capitals and languages are told by other means.
    """
    tests = _tests(instruction_id_list, kwargs)

    def judge(_reference: Mapping[str, Any], completion: str) -> Verdict:
        if not completion.strip():
            return Verdict.failed(EMPTY)
        texts = variants(completion) if mode == "loose" else [completion]
        missed = [(name, found) for name, test in tests if (found := _amiss(test, texts)) is not None]
        score = 1 - len(missed) / len(tests)
        if not missed:
            return Verdict.passed()
        room = LONGEST // len(missed) - 2
        return Verdict.failed("; ".join(cut(f"{name}: {found}", room) for name, found in missed), score=score)

    return judge


def _amiss(test: Test, texts: list[str]) -> str | None:
    """What is amiss in the first of `texts`; None where one of them follows the instruction."""
    first = test(texts[0])
    if first is None or any(test(other) is None for other in texts[1:]):
        return None
    return first


def _tests(names: list[str], kwargs: list[dict[str, Any] | None] | None) -> list[tuple[str, Test]]:
    if not names:
        raise SpecError(
            "instruction_id_list is an empty list, expected at least one id", ("instruction_id_list",)
        )
    given = list(kwargs) if kwargs is not None else [None] * len(names)
    if len(given) != len(names):
        raise SpecError(
            f"kwargs has {len(given)} entries for {len(names)} instructions, expected one each", ("kwargs",)
        )
    tests = []
    for place, (name, one) in enumerate(zip(names, given, strict=True)):
        try:
            tests.append((name, build(name, one or {})))
        except SpecError as wrong:
            path = ("kwargs", place, *wrong.path) if wrong.path else ("instruction_id_list", place)
            raise SpecError(str(wrong), path) from None
    return tests
