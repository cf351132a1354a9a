"""What a resumed run learns from the ledger."""

from __future__ import annotations

from pathlib import Path

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import held, histories, spent, standing_of
from winnow.steps.ledger.schema import (
    Sampling,
    completion_row,
    done_row,
    event_row,
    now,
    problem_row,
    verdict_row,
)
from winnow.steps.ledger.standing import Mark
from winnow.steps.ledger.view import LEFT
from winnow.steps.records import Candidate, Choice, Problem, Spent
from winnow.verifiers.registry import Verifier
from winnow.verifiers.verdict import Status, Verdict

SAMPLING = Sampling("engine", "parameters", "model", ("{}",))
PROBLEMS = [Problem(str(at), ({"role": "user", "content": f"question {at}"},)) for at in range(3)]
VERIFIER = Verifier("number", "1", {}, lambda reference, completion: Verdict.passed())


def candidate(problem: Problem, index: int, sampling: Sampling = SAMPLING) -> Candidate:
    choice = Choice(f"text {index}", "length" if index == 2 else "stop", tokens=5, prompt_tokens=1, seed=7)
    return Candidate(sampling.key(problem.id, index), index, choice)


def filled(root: Path) -> Ledger:
    ledger, at = Ledger(root), now()
    completions, verdicts = [], []
    for problem in PROBLEMS[:2]:
        for index in (1, 0, 2):
            one = candidate(problem, index)
            completions.append(completion_row(problem.id, one, SAMPLING, "r", at))
            if index < 2:
                verdicts.append(
                    verdict_row(problem.id, one.id, Verdict.failed("no"), VERIFIER, "fingerprint", "r", at)
                )
    ledger.commit(
        {
            "problems": [problem_row(problem, "r") for problem in PROBLEMS],
            "completions": completions,
            "verdicts": verdicts,
            "events": [
                done_row(PROBLEMS[0].id, "plan", "r"),
                done_row(PROBLEMS[1].id, "other", "r"),
                event_row(LEFT, PROBLEMS[2].id, {}, "r"),
            ],
        }
    )
    return ledger


def test_problems_and_what_is_finished(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    standing = standing_of(ledger, "plan")
    assert list(standing.having([Mark.KNOWN])) == [problem.id for problem in PROBLEMS]
    assert list(standing.having([Mark.DONE])) == [PROBLEMS[0].id]
    assert list(standing.having([Mark.GONE])) == [PROBLEMS[2].id]
    assert spent(ledger).tokens == 36
    assert spent(Ledger(tmp_path / "none")) == Spent()


def test_a_history_is_by_index_with_the_verdicts_of_this_verifier(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    asked = [problem.id for problem in PROBLEMS]
    found = histories(ledger, asked, SAMPLING, "fingerprint")
    assert set(found) == set(asked[:2])
    first = found[asked[0]]
    assert [one.index for one in first] == [0, 1, 2]
    assert [one.verdict and one.verdict.status for one in first] == [Status.FAIL, Status.FAIL, None]
    assert first[2].truncated
    assert first[0] == Candidate(
        candidate(PROBLEMS[0], 0).id, 0, candidate(PROBLEMS[0], 0).choice, Verdict.failed("no")
    )


def test_another_verifier_or_sampling_has_another_past(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    asked = [problem.id for problem in PROBLEMS]
    assert all(one.verdict is None for one in histories(ledger, asked, SAMPLING, "other")[asked[0]])
    assert histories(ledger, asked, Sampling("engine", "hotter", "model", ("{}",)), "fingerprint") == {}


def test_what_it_holds(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    there = [(PROBLEMS[0].id, 0), (PROBLEMS[1].id, 2)]
    missing = [(PROBLEMS[0].id, 3), (PROBLEMS[2].id, 0), ("nobody", 0)]
    assert held(ledger, SAMPLING, [*there, *missing]) == set(there)
    assert held(ledger, Sampling("another", "parameters", "model", ("{}",)), there) == set()
    assert held(ledger, SAMPLING, []) == held(Ledger(tmp_path / "none"), SAMPLING, there) == set()
