"""The forms in which others publish labelled steps: what is written is read again, and theirs are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from winnow.steps.errors import UsageError
from winnow.steps.process.formats import FORMATS, Chain, read_chains
from winnow.steps.process.formats.chain import Unfit

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(str.strip).filter(bool)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    steps = tuple(draw(st.lists(TEXTS, min_size=1, max_size=6)))
    good = tuple(draw(st.lists(st.booleans(), min_size=len(steps), max_size=len(steps))))
    return Chain(draw(TEXTS), steps, good, id=draw(TEXTS), answer="7", passed=all(good), model="m")


def again(chain: Chain, name: str) -> Chain:
    row = json.loads(json.dumps(FORMATS[name].write(chain)))
    found = FORMATS[name].read(row)
    return next(one for one in found if len(one.steps) == max(len(each.steps) for each in found))


@given(chains())
def test_math_shepherd_says_every_label(chain: Chain) -> None:
    try:
        found = again(chain, "math_shepherd")
    except Unfit:
        assume(False)
    assert found.stepwise == chain.stepwise


@given(chains())
def test_prm800k_goes_to_the_first_error(chain: Chain) -> None:
    found = again(chain, "prm800k")
    assert found.stepwise == chain.to_first_error.stepwise and found.answer == chain.answer


@given(chains())
def test_processbench_goes_to_the_first_error(chain: Chain) -> None:
    assert again(chain, "processbench") == Chain(**{**vars_of(chain.to_first_error), "answer": None})


def vars_of(chain: Chain) -> dict[str, Any]:
    return {name: getattr(chain, name) for name in Chain.__slots__}


def test_what_would_say_something_else_is_refused() -> None:
    write = FORMATS["math_shepherd"].write
    with pytest.raises(Unfit, match="the tag in its text"):
        write(Chain("q", ("a ки\nb",), (True,)))
    with pytest.raises(Unfit):
        write(Chain("How? Step 1: ask.", ("a",), (True,)))


SHEPHERD = {
    "input": "How many? Step 1: 5+8 = 13. ки\nStep 2: It is 6.\nSo 6. ки\nStep 3: The answer is: 6 ки",
    "label": "How many? Step 1: 5+8 = 13. +\nStep 2: It is 6.\nSo 6. -\nStep 3: The answer is: 6 -",
    "task": "GSM8K",
}


def test_rows_of_others(tmp_path: Path) -> None:
    (chain,) = FORMATS["math_shepherd"].read(SHEPHERD)
    assert chain.stepwise == {
        "prompt": "How many?",
        "completions": ["5+8 = 13.", "It is 6.\nSo 6.", "The answer is: 6"],
        "labels": [True, False, False],
    }
    step = lambda chosen, *rated: {  # noqa: E731
        "completions": [{"text": text, "rating": rating, "flagged": None} for text, rating in rated],
        "human_completion": None,
        "chosen_completion": chosen,
    }
    steps = [step(1, ("x", -1), ("a", 1)), step(0, ("b", 0)), step(None, ("c", -1), ("d", -1), ("e", None))]
    row = {
        "labeler": "l",
        "question": {"problem": "q", "ground_truth_answer": "3"},
        "label": {"steps": steps, "finish_reason": "found_error"},
    }
    file = tmp_path / "phase2_train.jsonl"
    file.write_text(json.dumps(row) + "\n")
    found = [(chain.steps, chain.good) for chain in read_chains(file, FORMATS["prm800k"])]
    assert found == [
        (("a", "b"), (True, True)),
        (("x",), (False,)),
        (("a", "b", "c"), (True, True, False)),
        (("a", "b", "d"), (True, True, False)),
    ]


@pytest.mark.parametrize(
    ("name", "row", "why"),
    [
        ("processbench", {"problem": "q", "steps": ["a"], "label": 3}, "place of one of 1 steps"),
        ("processbench", {"problem": "q", "steps": "a", "label": 0}, "expected list, found str"),
        ("math_shepherd", {"input": "q", "label": "q"}, "no step that ends in"),
        (
            "math_shepherd",
            {"input": "q Step 1: a ки", "label": "q Step 1: b +"},
            "differ before the end of step 1",
        ),
        (
            "prm800k",
            {
                "question": {"problem": "q"},
                "label": {"steps": [{"completions": [{"text": "a", "rating": 5}]}]},
            },
            "expected -1, 0, 1 or null",
        ),
        ("prm800k", [], "expected an object"),
    ],
)
def test_a_row_that_is_none(tmp_path: Path, name: str, row: Any, why: str) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text("\n" + json.dumps(row) + "\n")
    with pytest.raises(UsageError, match=f"rows.jsonl:2: no row of {name}: .*{why}"):
        list(read_chains(file, FORMATS[name]))
