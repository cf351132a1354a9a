"""PRM800K's format: at each step the continuations that were rated, and the one that was gone on with
(Lightman et al. 2023, "Let's Verify Step by Step", arXiv 2305.20050; github.com/openai/prm800k)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from winnow.steps.process.formats.chain import Chain, Format, Unfit, told

_RATINGS = {1: True, 0: True, -1: False}
"""Neutral counts as good, as in the paper."""


def read(row: Mapping[str, Any]) -> list[Chain]:
    """The chains of a row: the way that was gone, up to its first bad step, and each way that leaves it by a
    step that was rated bad. A step that a person wrote is good; one that nobody rated ends the way, and a
    problem that was called bad has none.

    >>> step = {"completions": [{"text": "It is 3.", "rating": -1}, {"text": "It is 2.", "rating": 1}],
    ...         "chosen_completion": 1}
    >>> row = {"question": {"problem": "1 + 1?"}, "label": {"steps": [step], "finish_reason": "solution"}}
    >>> [(chain.steps, chain.good) for chain in read(row)]
    [(('It is 2.',), (True,)), (('It is 3.',), (False,))]
    """
    question, label = told(row, "question", dict), told(row, "label", dict)
    prompt, answer = told(question, "problem", str), question.get("ground_truth_answer")
    if label.get("finish_reason") == "bad_problem":
        return []
    found = list(dict.fromkeys(_ways(told(label, "steps", list))))
    known = answer if isinstance(answer, str) else None
    return [
        Chain(prompt, tuple(steps), (True,) * (len(steps) - 1) + (good,), answer=known)
        for steps, good in sorted(found, key=lambda one: not one[1])
    ]


def _ways(steps: list[Any]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The ways, as their steps, and whether the last one is good; all before it are."""
    way: tuple[str, ...] = ()
    for number, step in enumerate(steps, 1):
        if not isinstance(step, dict):
            raise Unfit(f"step {number}: expected an object")
        offered = [_rated(one, number) for one in step.get("completions") or ()]
        yield from (((*way, text), False) for text, good in offered if good is False)
        chosen, human = step.get("chosen_completion"), step.get("human_completion")
        if type(chosen) is int:
            if not 0 <= chosen < len(offered):
                raise Unfit(f"step {number}: `chosen_completion` is {chosen} of {len(offered)}")
            text, good = offered[chosen]
        elif isinstance(human, dict):
            text, good = told(human, "text", str), True
        else:
            # Nobody went on; a single good one is the end all the same.
            text, good = offered[0] if len(offered) == 1 else ("", None)
        if not good:
            break
        way = (*way, text)
    if way:
        yield way, True


def _rated(completion: Any, number: int) -> tuple[str, bool | None]:
    if not isinstance(completion, dict):
        raise Unfit(f"step {number}: a completion is no object")
    text, rating = told(completion, "text", str), completion.get("rating")
    if rating is not None and (type(rating) is not int or rating not in _RATINGS):
        raise Unfit(f"step {number}: `rating` is {rating!r}, expected -1, 0, 1 or null")
    return text, None if rating is None else _RATINGS[rating]


def write(chain: Chain) -> dict[str, Any]:
    """The row of a chain up to its first bad step, which nobody goes on with."""
    if not chain.steps:
        raise Unfit("it has no step")
    shown = chain.to_first_error
    steps = [
        {
            "completions": [{"text": text, "rating": 1 if good else -1, "flagged": False}],
            "human_completion": None,
            "chosen_completion": 0 if good else None,
        }
        for text, good in zip(shown.steps, shown.good, strict=True)
    ]
    return {
        "labeler": "winnow",
        "timestamp": None,
        "generation": None,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {"problem": chain.prompt, "ground_truth_answer": chain.answer},
        "label": {
            "steps": steps,
            "total_time": 0,
            "finish_reason": "solution" if shown.first_error is None else "found_error",
        },
    }


PRM800K = Format("prm800k", read, write)
