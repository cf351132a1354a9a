"""The report of ledgers made by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.ledgers import FINGERPRINT, SAMPLING, problem_of, write_ledger
from support.rewards import rows_of

from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import completion_row, event_row, now, problem_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.report.agreement import Agreement
from winnow.steps.report.audit import GOLDS, auc
from winnow.steps.report.model import RunReport
from winnow.steps.report.outcomes import outcomes_of
from winnow.steps.report.report import Told, report_of
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.verifiers.verdict import Status

MIXED = [
    [("p", "one"), ("f", "two words"), ("f", "three words here"), ("p", "one")],
    [("f", "a"), ("c", "cut off"), ("p", "b c"), ("f", "d")],
    [("f", "x"), ("f", "y"), ("e", "broke"), ("f", "z")],
]


def told_of(ledger: Ledger, **more: Any) -> RunReport:
    part_rows = more.pop("part_rows", 500_000)
    told = Told("run", "number", "1", FINGERPRINT, **more)
    return report_of(ledger, told, part_rows=part_rows)


def test_counts_and_curves(tmp_path: Path) -> None:
    report = told_of(write_ledger(tmp_path, MIXED))
    counts = report.counts
    assert (counts.problems, counts.solved, counts.completions, counts.distinct) == (3, 2, 12, 11)
    assert counts.statuses == {"error": 1, "fail": 7, "pass": 3, "skip": 1}
    assert (counts.truncated, counts.flips, counts.failed, counts.cost) == (1, 0, 0, None)
    assert counts.completion_tokens == 1 + 2 + 3 + 1 + 1 + 2 + 2 + 1 + 4
    assert counts.tokens_per_solved == counts.completion_tokens / 2
    passed = report.curves.pass_at_k
    assert [(point.k, point.problems) for point in passed] == [(1, 3), (2, 3), (3, 3), (4, 2)]
    assert passed[0].value == pytest.approx((2 / 4 + 1 / 4 + 0) / 3, abs=1e-6)
    assert passed[1].value == pytest.approx((1 - 1 / 6 + 1 / 2) / 3, abs=1e-6)
    solved = [point.value for point in report.curves.solved_by_k]
    assert solved == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3], abs=1e-6)
    assert [(bar.low, bar.high, bar.count) for bar in report.first_pass] == [(1, 2, 1), (2, 3, 0), (3, 4, 1)]
    assert [bar.count for bar in report.difficulty] == [1, 0, 1, 0, 0, 1, 0, 0, 0, 0]
    assert {status: sum(bar.count for bar in bars) for status, bars in report.lengths.items()} == {
        "fail": 7,
        "pass": 3,
    }
    assert report.spend[-1].tokens == counts.completion_tokens
    assert [row.tokens for row in report.spend] == [3, 8, 14, 17]
    assert [row.coverage for row in report.spend] == [point.value for point in report.curves.solved_by_k]


def test_where_asking_stops_early_only_first_completions_count(tmp_path: Path) -> None:
    groups = [[("p", "a")], [("f", str(at)) for at in range(7)] + [("p", "b")]]
    report = told_of(write_ledger(tmp_path, groups), fixed=False)
    assert [(point.k, point.value) for point in report.curves.pass_at_k] == [(1, 0.5)]
    assert [point.value for point in report.curves.solved_by_k] == [0.5] * 7 + [1.0]
    assert [point.k for point in report.curves.majority] == [1]
    assert report.curves.law is None


def test_parts_and_the_order_of_rows_change_nothing(tmp_path: Path) -> None:
    groups = [MIXED[at % 3] for at in range(40)]
    one = told_of(write_ledger(tmp_path / "a", groups))
    other = told_of(write_ledger(tmp_path / "b", groups, backwards=True), part_rows=7)
    assert one.curves.law is not None
    assert one.model_dump_json() == other.model_dump_json()


def families(at: int) -> Problem:
    problem = problem_of(at, "even" if at % 2 == 0 else "odd")
    more = {"level": at} if at else {}
    return Problem(problem.source_id, problem.prompt, problem.reference, {**problem.metadata, **more})


def test_by_column(tmp_path: Path) -> None:
    report = told_of(write_ledger(tmp_path, MIXED, problem_at=families), by=["level", "nobody"])
    even, odd, every = report.families["family"]
    assert [one.value for one in (even, odd, every)] == ["even", "odd", "all"]
    assert (even.problems, even.completions, odd.problems, every.problems) == (2, 8, 1, 3)
    assert (even.coverage, odd.coverage, every.coverage) == (0.5, 1.0, pytest.approx(2 / 3, abs=1e-6))
    assert every.pass_at_k == report.curves.pass_at_k
    assert every.solved_by_k == report.curves.solved_by_k
    assert even.tokens + odd.tokens == every.tokens == report.counts.completion_tokens
    assert [one.value for one in report.families["level"]] == ["(none)", "1", "2", "all"]
    assert [one.value for one in report.families["nobody"]] == ["all"]


def test_rare_values_of_a_column_are_one(tmp_path: Path) -> None:
    groups = [[("p", "a")]] * 60
    report = told_of(write_ledger(tmp_path, groups, problem_at=families), by=["level"])
    lines = {one.value: one.problems for one in report.families["level"]}
    assert len(lines) == 42 and lines["(others)"] == 20 and lines["all"] == 60


@pytest.mark.parametrize("column", ["", "a'b", "x" * 300, "a\nb"])
def test_a_column_that_cannot_be_is_told(tmp_path: Path, column: str) -> None:
    with pytest.raises(UsageError, match="--by"):
        told_of(write_ledger(tmp_path, MIXED), by=[column])


def test_an_empty_ledger(tmp_path: Path) -> None:
    report = told_of(write_ledger(tmp_path, []))
    assert report.counts.problems == 0 and report.counts.tokens_per_solved is None
    assert report.curves.pass_at_k == report.spend == report.difficulty == report.servers == []
    (every,) = report.families["family"]
    assert (every.value, every.problems, every.pass_at_1) == ("all", 0, None)


def test_where_nothing_was_judged_right_or_wrong(tmp_path: Path) -> None:
    """As with the verifier `answer`, whose verdicts are skips with answers."""
    report = told_of(write_ledger(tmp_path, [[("s", "a"), ("s", "b")]] * 3))
    assert report.counts.statuses == {"skip": 6} and report.counts.solved == 0
    assert report.curves.pass_at_k == report.curves.solved_by_k == report.spend == []
    assert report.curves.law is None and report.difficulty == report.first_pass == []
    every = report.families["family"][-1]
    assert (every.problems, every.completions) == (3, 6)
    assert every.pass_at_1 is every.coverage is every.low is None


def test_completions_without_a_verdict_are_counted_and_judge_nothing(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, [])
    problem, at = problem_of(0), now()
    one = Candidate(SAMPLING.key(problem.id, 0), 0, Choice("text", tokens=3, prompt_tokens=5, cost=0.5))
    ledger.commit(
        {
            "problems": [problem_row(problem, "r"), problem_row(problem_of(1), "r")],
            "completions": [completion_row(problem.id, one, SAMPLING, "r", at)],
            "events": [event_row("request_failed", problem.id, {"n": 1}, "r")],
        }
    )
    counts = told_of(ledger).counts
    assert (counts.problems, counts.completions, counts.statuses, counts.failed) == (2, 1, {}, 1)
    assert (counts.prompt_tokens, counts.completion_tokens, counts.cost) == (5, 3, 0.5)


@pytest.mark.parametrize(("letter", "value"), [("p", 1.0), ("f", 0.0)])
def test_one_completion_each_and_all_alike(tmp_path: Path, letter: str, value: float) -> None:
    report = told_of(write_ledger(tmp_path, [[(letter, "a")]] * 5))
    (point,) = report.curves.pass_at_k
    assert point.value == value and point.low is not None and point.high is not None
    assert point.low <= value <= point.high and point.high - point.low > 0.2
    assert report.curves.law is None
    assert sum(bar.count for bar in report.difficulty) == 5


def test_problems_that_left_the_source_do_not_count(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, MIXED)
    ledger.commit({"events": [event_row("left_source", problem_of(0).id, {}, "r")]})
    report = told_of(ledger)
    assert (report.counts.problems, report.counts.solved, report.counts.completions) == (2, 1, 8)


def test_what_the_verifier_changed_its_mind_on_is_in_no_curve(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, [[("p", "a"), ("f", "b")]])
    verdicts = ledger.scan("verdicts").filter(pl.col("status") == "pass").collect().row(0, named=True)
    ledger.commit({"verdicts": [tuple({**verdicts, "id": "other", "status": "fail"}.values())]})
    report = told_of(ledger)
    assert (report.counts.flips, report.counts.statuses) == (1, {"fail": 2})
    assert [(point.k, point.value) for point in report.curves.pass_at_k] == [(1, 0.0)]


def test_without_latency_there_is_no_rate(tmp_path: Path) -> None:
    (server,) = told_of(write_ledger(tmp_path, MIXED)).servers
    assert (server.name, server.completions, server.rate, server.cost) == ("model", 12, None, None)


def test_rewards_are_held_against_verdicts(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, MIXED)
    rewards = iter([0.9, 0.1, 0.9, 0.7, 0.2, 0.3, 0.4, 0.4, 0.0, 0.1, 0.5, 0.6])
    for at, group in enumerate(MIXED):
        problem = problem_of(at).id
        told = [(SAMPLING.key(problem, index), Reward(next(rewards))) for index in range(len(group))]
        ledger.commit({"rewards": rows_of(problem, told)})
    report = told_of(ledger, scoring=Scoring((Member("s"),)))
    passes, fails = [0.9, 0.7, 0.4], [0.1, 0.9, 0.2, 0.4, 0.0, 0.1, 0.6]
    pairs = [(one > other) + (one == other) / 2 for one in passes for other in fails]
    assert report.audit.reward is not None
    assert report.audit.reward.auc == pytest.approx(sum(pairs) / len(pairs), abs=1e-6)
    assert report.audit.reward.completions == 10
    assert [point.k for point in report.curves.best_of_n] == [1, 2, 4]
    assert report.curves.best_of_n[0].value == report.curves.pass_at_k[0].value
    assert len(report.curves.weighted) == len(report.curves.majority) == 3
    assert told_of(ledger).audit.reward is None


def test_auc_of_many_equals_that_of_all_pairs() -> None:
    right, wrong = [0.1 * (at % 7) for at in range(50)], [0.1 * (at % 5) for at in range(30)]
    pairs = [(one > other) + (one == other) / 2 for one in right for other in wrong]
    assert auc(pl.Series(right), pl.Series(wrong)) == pytest.approx(sum(pairs) / len(pairs), abs=1e-12)


def test_golds_are_those_of_this_verifier(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path, MIXED)
    told = [event_row(GOLDS, name, {"golds": 8, "passed": 7}, "r") for name in (FINGERPRINT, "another")]
    ledger.commit({"events": told})
    audit = told_of(ledger).audit
    assert (audit.verifier, audit.version, audit.golds, audit.golds_passed) == ("number", "1", 8, 7)
    assert report_of(ledger, Told("run", "number", "2", "third")).audit.golds is None


def test_outcomes_are_a_row_a_problem(tmp_path: Path) -> None:
    problems = outcomes_of(write_ledger(tmp_path, MIXED), FINGERPRINT).problems.sort("source_id")
    assert problems["passed"].to_list() == [
        [True, False, False, True],
        [False, False, True, False],
        [False] * 3,
    ]
    assert problems["truncated"].to_list() == [0, 1, 0]
    assert problems["problem"].to_list() == [problem_of(at).id for at in range(3)]


def test_people_say_how_precise_verdicts_are(tmp_path: Path) -> None:
    people = Agreement()
    for right, status in ((True, "pass"), (True, "pass"), (False, "pass"), (True, "fail")):
        people.add(right, Status(status))
    audit = told_of(write_ledger(tmp_path, MIXED), people=people).audit
    assert audit.reviewed == 4 and audit.precision == pytest.approx(2 / 3, abs=1e-6)
    assert audit.precision_low is not None and audit.precision_high is not None
    assert audit.precision_low < 2 / 3 < audit.precision_high
