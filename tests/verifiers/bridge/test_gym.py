"""`reasoning_gym`: right answers pass, and nobody's words are evaluated."""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from winnow.verifiers import SpecError, Status, VerifierPool, load
from winnow.verifiers.bridge.gym import COMPUTED, EVALUATED, PARSED, answer_in

gym = pytest.importorskip("reasoning_gym")
WITHOUT_ANSWER = {"boxnet", "graph_color", "propositional_logic", "rubiks_cube", "rush_hour"}
SLOW = {"knight_swap"}  # seconds to make


def entry(name: str, at: int = 0, **config: Any) -> dict[str, Any]:
    """An item as it arrives by way of JSON."""
    found: dict[str, Any] = json.loads(
        json.dumps(gym.create_dataset(name, size=at + 1, seed=5, **config)[at], default=str)
    )
    return found


def judged(told: dict[str, Any], completion: str) -> Any:
    return load("reasoning_gym")({"entry": told}, completion)


def test_every_task_passes_its_own_answer_and_no_other() -> None:
    from reasoning_gym.factory import DATASETS

    for name in sorted(set(DATASETS) - SLOW - {"composite"}):
        told = entry(name)
        golds = [gold for _, gold in load("reasoning_gym").golds({"entry": told})]
        assert bool(golds) == (name not in WITHOUT_ANSWER), name
        for gold in golds:
            verdict = judged(told, f"<think>Is it 17?</think>Well. {gold}")
            assert verdict.status is Status.PASS, (name, verdict)
        for said in ("no such thing", "zzz", "999999999.5", "[]"):
            wrong = judged(told, f"<answer>{said}</answer>")
            assert wrong.status is Status.FAIL, (name, wrong)


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("<answer>4</answer>", "4"),
        ("<answer>3</answer> no: <answer> 4 </answer>.", "4"),
        ("<ANSWER>4</ANSWER>", "4"),
        ("<answer>\n1 2\n3 4\n</answer>", "1 2\n3 4"),
        ("<answer>4", "4"),
        ("4</answer>", None),
        ("</answer><answer>4", "4"),
        ("So \\boxed{4}", "4"),
        ("The answer is 4", "4"),
        ("1 2\n3 4", "1 2\n3 4"),
        ("", None),
        ("<answer></answer>", None),
    ],
)
def test_where_the_answer_is(said: str, found: str | None) -> None:
    assert answer_in(said) == found


def test_answers_are_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    attack = "__import__('pathlib').Path('owned').touch()"
    for name in sorted(EVALUATED | PARSED | COMPUTED):
        told = entry(name)
        for said in (attack, f"[{attack}]", f"[[{attack}]]", f"x + {attack}", f"({attack})"):
            verdict = judged(told, f"<answer>{said}</answer>")
            assert verdict.status is Status.FAIL, (name, verdict)
    assert not (tmp_path / "owned").exists()


def test_references_are_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    attack = "__import__('pathlib').Path('owned').touch()"
    for name, where in (
        ("simple_integration", "integrand"),
        ("intermediate_integration", "integrand"),
        ("bitwise_arithmetic", "problem"),
    ):
        told = entry(name)
        told["metadata"][where] = attack
        verdict = judged(told, "<answer>1</answer>")
        assert verdict.status is Status.ERROR, (name, verdict)
        assert "would evaluate" in verdict.reason
    for name in ("number_sorting", "polynomial_multiplication"):
        assert judged({**entry(name), "answer": attack}, "<answer>[1]</answer>").status is not Status.PASS
    assert not (tmp_path / "owned").exists()


def test_the_scorers_that_evaluate_are_those_that_we_know() -> None:
    """A new version of reasoning-gym must be looked through before it is allowed."""
    assert version("reasoning-gym") == "0.1.25"
    from reasoning_gym.factory import DATASETS

    known = EVALUATED | PARSED | COMPUTED
    generating = {
        "gsm_symbolic",
        "codeio",
        "basic_arithmetic",
        "propositional_logic",
    }  # run what they made themselves
    for name, (dataset, _) in DATASETS.items():
        source = Path(sys.modules[dataset.__module__].__file__ or "").read_text()
        runs = re.search(r"\b(?:eval|exec|parse_expr|sympify|literal_eval)\(", source)
        assert not runs or name in known | generating, name


@pytest.mark.parametrize(
    "said", ["9**9**9**9", "(9**9)**9", "9^99999", "1+" * 240 + "1", "1" * 500 + "!", "((((" * 100]
)
async def test_expressions_that_would_never_end(said: str) -> None:
    told = entry("countdown")
    async with VerifierPool("reasoning_gym", workers=1, deadline=60) as pool:
        (verdict,) = await pool.judge([({"entry": told}, f"<answer>{said}</answer>")])
    assert verdict.status is Status.FAIL


def test_what_its_own_scorer_lets_through_is_refused() -> None:
    told = entry("puzzle24")
    given = sorted(told["metadata"]["numbers"])
    assert judged(told, f"<answer>{told['answer']}</answer>").status is Status.PASS
    other = "(8-4)*6*1" if given != [1, 4, 6, 8] else "(9-3)*4*1"
    dataset = gym.create_dataset("puzzle24", size=1, seed=5)
    assert dataset.score_answer(other, told) == 1  # four numbers, and 24: any will do
    assert judged(told, f"<answer>{other}</answer>").status is Status.FAIL


def test_the_scorer_knows_how_its_task_was_made() -> None:
    told = entry("puzzle24", min_value=1, max_value=10)
    judge, completion = load("reasoning_gym"), f"<answer>{told['answer']}</answer>"
    assert judge({"entry": told, "config": {"max_value": 10}}, completion).status is Status.PASS
    most = max(told["metadata"]["numbers"])
    assert judge({"entry": told, "config": {"max_value": most - 1}}, completion).status is Status.FAIL


def test_an_entry_that_its_own_scorer_cannot_read_is_our_trouble() -> None:
    told = entry("prime_factorization")
    assert judged(told, "<answer>no number</answer>").status is Status.FAIL
    assert judged(told, "<answer>2</answer>").status is Status.FAIL
    told = {**told, "answer": "no number either"}
    assert judged(told, "<answer>no number</answer>").status is Status.ERROR


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({}, "no metadata.source_dataset"),
        ({"metadata": {"source_dataset": "composite"}}, "name them one by one"),
        ({"metadata": {"source_dataset": "no_such"}, "answer": "1"}, "cannot make the task 'no_such'"),
    ],
)
def test_what_is_no_entry(told: dict[str, Any], why: str) -> None:
    verdict = judged(told, "1")
    assert verdict.status is Status.ERROR
    assert why in verdict.reason
    with pytest.raises(SpecError, match="threshold is 0"):
        load({"type": "reasoning_gym", "threshold": 0, "entry": entry("chain_sum")})
