"""`reasoning_gym`: the scorer of a task of reasoning-gym decides.

Some of its scorers (version 0.1.25) hand the answer to `eval`, or to sympy's parser, which evaluates it too.
A model's words are no program of ours: the first get `ast.literal_eval` in place of `eval`, and what goes to
the others must consist of numbers, operators, names of one letter and functions of mathematics.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.golden.boxes import last_box
from winnow.verifiers.golden.stated import last_statement
from winnow.verifiers.golden.thinking import tags_of, without_thinking
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut

ASKED = "End with the final answer alone between <answer> and </answer>."
"""What tells a model how to answer, so that the answer is found whatever stands around it."""

EVALUATED = frozenset({"string_insertion", "spiral_matrix", "binary_matrix", "n_queens", "number_sorting"})
"""Tasks whose scorer calls `eval` on a list."""
PARSED = frozenset(
    {"countdown", "puzzle24", "simple_integration", "intermediate_integration", "polynomial_multiplication"}
)
"""Tasks whose scorer calls sympy's parser on the answer."""
COMPUTED = frozenset({"bitwise_arithmetic"})
"""Tasks whose scorer evaluates the problem's own formula."""
_TUPLES = frozenset({"arc_agi", "rearc"})  # compare grids, which JSON turned into lists
_REFUSED = {"composite": "it is made of other tasks: name them one by one"}

_LONGEST = 10_000  # characters of an answer
_FUNCTIONS = "a?(?:sin|cos|tan|sec|csc|cot)h?|log|ln|exp|sqrt|Abs|pi|erf|li|Ei|Si|Ci|Integral"
_EXPRESSION = re.compile(
    rf"(?:\d++(?:\.\d++)?+|\.\d++|(?<![A-Za-z0-9_])(?:{_FUNCTIONS}|[A-Za-z])(?![A-Za-z0-9_])"
    r"|[-+*/^(),= \t\n×÷·]++)*+"
)
_TOWER = re.compile(r"(?:\*\*|\^)\s*+(?:-?\d{4}|-?\d++\s*+(?:\*\*|\^)|\([^)]*(?:\*\*|\^))")
_LONGEST_EXPRESSION = 500
_BITS = re.compile(r"(?:0x[0-9a-fA-F]+|\d+|[-+*&|^~() ]|<<|>>)*")
_WHOLE = re.compile(r"\d+")
_TAGGED = re.compile(r"</?answer>", re.IGNORECASE)


def _import() -> None:
    importlib.import_module("reasoning_gym")


@verifier("reasoning_gym", prepare=_import)
def reasoning_gym(
    entry: dict[str, Any],
    config: dict[str, Any] | None = None,
    threshold: float = 1.0,
    thinking: list[str] | None = None,
) -> Check:
    """Pass where the scorer of the task gives `threshold` or more; what it gives is the score.

    `entry` is an item of the task's dataset, `config` what the dataset was made with: the source `gym` gives
    both. The answer stands between the last `<answer>` and `</answer>`, else in the last box, else behind
    the last "the answer is", else it is the whole completion; never inside of a thought.
    """
    if importlib.util.find_spec("reasoning_gym") is None:
        raise SpecError("reasoning-gym is not installed: pip install 'winnow-data[gym]'")
    if not 0 < threshold <= 1:
        raise SpecError(f"threshold is {threshold}, expected above 0 and at most 1", ("threshold",))
    name, metadata = _examined(entry)
    stored, tags = entry.get("answer"), tags_of(thinking)

    def slow(found: str) -> Verdict:
        if len(found) > _LONGEST or (amiss := _unfit(name, found, stored, metadata)):
            why = f"longer than {_LONGEST:,} characters" if len(found) > _LONGEST else amiss
            return Verdict.failed(f"{cut(found, 60)!r}: {why}", extracted=found)
        told = {**entry, "metadata": _tupled(metadata)} if name in _TUPLES else entry
        scored = _dataset(name, repr(sorted((config or {}).items()))).score_answer
        try:
            score = float(scored(found, told))
        except Exception as broken:  # noqa: BLE001 - scorers raise anything on an answer of another form
            if stored is not None:
                scored(str(stored), told)  # where this raises too, the trouble is the entry's
            return Verdict.failed(f"no answer to {name}: {type(broken).__name__}", extracted=found)
        if score >= threshold:
            return Verdict.passed(extracted=found, score=min(score, 1.0))
        return Verdict.failed(f"{name} scores {score:g}", extracted=found, score=max(0.0, score))

    return GoldenCheck(
        extract=lambda completion: answer_in(without_thinking(completion, tags)),
        fast=lambda _: None,
        slow=slow,
        answers=() if stored is None else (str(stored),),
        frame="<answer>{}</answer>",
    )


def answer_in(said: str) -> str | None:
    r"""The answer that a completion gives to a task.

    >>> answer_in("So <answer>1 2\n3 4</answer>."), answer_in("The answer is 7."), answer_in("7")
    ('1 2\n3 4', '7.', '7')
    """
    marks = list(_TAGGED.finditer(said))
    if marks:
        closed = marks[-1][0].startswith("</")
        opening = [mark for mark in marks if not mark[0].startswith("</")]
        if not opening:
            return None
        end = marks[-1].start() if closed and marks[-1].start() > opening[-1].start() else len(said)
        return said[opening[-1].end() : end].strip() or None
    box = last_box(said) if "box" in said else None
    return box or last_statement(said) or said.strip() or None


def _examined(entry: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The task's name and the entry's metadata.

    Raises:
        SpecError: it is no entry of a task that can be scored safely.
    """
    metadata = entry.get("metadata")
    name = metadata.get("source_dataset") if isinstance(metadata, Mapping) else None
    if not isinstance(name, str) or not isinstance(metadata, Mapping):
        raise SpecError("entry has no metadata.source_dataset: expected an item of reasoning-gym", ("entry",))
    if name in _REFUSED:
        raise SpecError(f"the task {name!r} cannot be scored: {_REFUSED[name]}", ("entry",))
    told = [metadata.get("integrand"), entry.get("answer")] if name in PARSED else []
    if any(isinstance(one, str) and not _is_expression(one) for one in told):
        raise SpecError(f"entry: the task {name!r} would evaluate what is no expression", ("entry",))
    if name in COMPUTED and not _BITS.fullmatch(str(metadata.get("problem", ""))):
        raise SpecError(f"entry: the task {name!r} would evaluate what is no formula of bits", ("entry",))
    return name, metadata


def _unfit(name: str, found: str, stored: Any, metadata: Mapping[str, Any]) -> str:
    """Why an answer cannot be given to its scorer; empty where it can."""
    if name in PARSED and not _is_expression(found):
        return "no plain expression"
    # The scorers of these two take any text for true, and any four numbers for the given ones.
    if name == "game_of_life_halting" and found.casefold() != str(stored).casefold():
        return f"it is {stored}"
    if name == "puzzle24":
        used = sorted(int(one[:20]) for one in _WHOLE.findall(found))
        if used != sorted(metadata.get("numbers", [])):
            return "other numbers than the given ones"
    return ""


def _is_expression(text: str) -> bool:
    if len(text) > _LONGEST_EXPRESSION or _TOWER.search(text):
        return False
    return bool(_EXPRESSION.fullmatch(text))


@lru_cache(64)
def _dataset(name: str, config: str) -> Any:
    gym = importlib.import_module("reasoning_gym")
    try:
        found = gym.create_dataset(name, **dict(ast.literal_eval(config)))
    except (ValueError, TypeError, AssertionError) as wrong:
        raise SpecError(f"reasoning-gym cannot make the task {name!r}: {wrong}", ("entry",)) from None
    if name in EVALUATED:
        vars(sys.modules[type(found).__module__])["eval"] = ast.literal_eval
    return found


def _tupled(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _tupled(below) for key, below in value.items()}
    return tuple(map(_tupled, value)) if isinstance(value, list) else value
