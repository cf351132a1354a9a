"""Two runs on the problems that they have in common: which these are, what is measured, and what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from support.ledgers import FINGERPRINT, SAMPLING, VERIFIER

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import completion_row, event_row, now, problem_row, verdict_row
from winnow.steps.ledger.view import LEFT
from winnow.steps.records import Candidate, Choice, Problem
from winnow.steps.report.compare import Side, compare
from winnow.steps.report.comparison import Comparison
from winnow.steps.report.outcomes import outcomes_of
from winnow.steps.report.sentence import told_p
from winnow.verifiers import Verdict

LETTERS = {"p": Verdict.passed(), "f": Verdict.failed("no"), "e": Verdict.error("broke")}


def asked(at: int, *, say: str = "What is", answer: int | None = None, **metadata: Any) -> Problem:
    """Problem `at`, perhaps put in other words, or with another reference."""
    prompt = ({"role": "user", "content": f"{say} {at} + {at}?"},)
    return Problem(f"p{at}", prompt, {"answer": 2 * at if answer is None else answer}, metadata)


def side(
    folder: Path,
    told: Mapping[Problem, str] | Sequence[tuple[Problem, str]],
    *,
    early: bool = False,
    part_rows: int = 500_000,
    cost: float | None = None,
    left: Sequence[Problem] = (),
) -> Side:
    """A run by what each problem's completions were judged: a letter each."""
    ledger = Ledger(folder / "ledger")
    pairs = told.items() if isinstance(told, Mapping) else told
    for problem, letters in pairs:
        completions, verdicts = [], []
        for index, letter in enumerate(letters):
            choice = Choice(f"{problem.id} {index}", tokens=10, prompt_tokens=5, cost=cost)
            one = Candidate(SAMPLING.key(problem.id, index), index, choice)
            completions.append(completion_row(problem.id, one, SAMPLING, "r", now()))
            row = verdict_row(problem.id, one.id, LETTERS[letter], VERIFIER, FINGERPRINT, "r", now())
            verdicts.append(row)
        known = {"problems": [problem_row(problem, "r")], "completions": completions, "verdicts": verdicts}
        ledger.commit(known)
    ledger.commit({"events": [event_row(LEFT, one.id, {}, "r") for one in left]})
    found = outcomes_of(ledger, FINGERPRINT, part_rows=part_rows)
    return Side(folder.name, found.problems, ledger, early)


def both(tmp_path: Path, one: Any, other: Any, **more: Any) -> Comparison:
    by, alike = more.pop("by", ()), more.pop("alike", True)
    sides = [side(tmp_path / name, told, **more) for name, told in (("a", one), ("b", other))]
    (found,) = compare(sides, by, alike=[alike])
    return found


def group(letters: str, count: int = 1, start: int = 0, **more: Any) -> list[tuple[Problem, str]]:
    return [(asked(at, **more), letters) for at in range(start, start + count)]


def test_figures_by_hand(tmp_path: Path) -> None:
    """Three problems of two completions: 1, 1/2 and 0 against 1/2, 1/2 and 1/2 at k=1."""
    one = [*group("pp"), *group("pf", start=1), *group("ff", start=2)]
    told = both(tmp_path, one, group("pf", 3), cost=0.5)
    assert [row.k for row in told.at_k] == [1, 2]
    first, second = told.at_k
    assert (first.first, first.second, first.difference) == pytest.approx((0.5, 0.5, 0.0))
    assert (second.first, second.second) == pytest.approx((2 / 3, 1.0))
    assert (first.low, first.problems) == (None, 3)
    assert (told.wins, told.losses, told.ties) == (1, 1, 1)
    assert told.solved_by == {"both": 2, "first": 0, "second": 1, "neither": 0}
    bill = told.bill_first
    assert (bill.completions, bill.tokens, bill.solved, bill.tokens_per_solved) == (6, 90, 2, 45)
    assert (bill.cost, bill.cost_per_solved) == (3.0, 1.5)


def test_only_what_both_were_asked_counts(tmp_path: Path) -> None:
    """A problem that one alone asked, one of which nothing was judged, and one that left the source."""
    one = [*group("pp", 4), *group("ff", start=7), *group("ee", start=8), *group("pp", start=9)]
    other = [*group("pf", 4), *group("pp", 2, start=5), *group("pp", 2, start=8)]
    sides = [side(tmp_path / "a", one), side(tmp_path / "b", other, left=[asked(9)])]
    (told,) = compare(sides)
    assert (told.problems, told.unjudged) == (4, 1)
    assert (told.only_first, told.only_second, told.by_id) == (2, 2, 0)
    assert told.at_k[0].first == 1.0 and told.at_k[0].second == 0.5


@pytest.mark.parametrize(
    ("change", "alike", "paired"),
    [
        ({"answer": 1}, True, 2),  # the reference was mended
        ({"answer": 1}, False, 2),
        ({"say": "Tell me"}, True, 2),  # the question was put in other words
        ({"say": "Tell me"}, False, 0),  # of another source: an id and an answer may be equal by chance
        ({"say": "Tell me", "answer": 1}, True, 0),
    ],
)
def test_problems_are_paired_by_id_where_they_were_changed(
    tmp_path: Path, change: dict[str, Any], alike: bool, paired: int
) -> None:
    told = both(tmp_path, group("pf", 4), [*group("pf", 2), *group("pp", 2, 2, **change)], alike=alike)
    assert (told.problems, told.by_id) == (2 + paired, paired)
    assert any("paired by their id" in note for note in told.notes) == bool(paired)


def test_asking_until_it_passed_is_no_better(tmp_path: Path) -> None:
    """Both are right half of the time; the one stopped at its first pass. c/n would say 2/3 on the mean."""
    patient = group("pffp", 8) + group("fpfp", 8, 8)
    hasty = group("p", 8) + group("fp", 8, 8)
    sides = [side(tmp_path / "a", patient), side(tmp_path / "b", hasty, early=True)]
    (told,) = compare(sides)
    at_one = told.at_k[0]
    assert (at_one.k, at_one.taken, at_one.first, at_one.second) == (1, "unbiased", 0.5, 0.5)
    assert [(row.k, row.taken, row.first, row.second) for row in told.at_k[1:]] == [(2, "first", 1.0, 1.0)]
    assert "b asked until enough had passed: pass@k is taken from the first 1 " in told.notes[0]


def test_where_asking_gave_up_nothing_is_said_of_later_ones(tmp_path: Path) -> None:
    one = [*group("pppp", 3), *group("ff", 1, 3)]
    sides = [side(tmp_path / "a", one, early=True), side(tmp_path / "b", group("pppp", 4), early=True)]
    (told,) = compare(sides)
    assert [row.k for row in told.at_k] == [1, 2]


def test_a_broken_check_is_no_matter(tmp_path: Path) -> None:
    """Of a fixed number one problem lost three of four: of k=2 the others are told."""
    told = both(tmp_path, [*group("ppff", 5), *group("peee", 1, 5)], group("ppff", 6))
    assert [(row.k, row.problems) for row in told.at_k] == [(1, 6), (2, 5), (4, 5)]


def test_the_verdict(tmp_path: Path) -> None:
    told = both(tmp_path, group("pfff", 40), group("pppf", 40))
    assert told.verdict.startswith("b solves more at k=1: +.50, p<.0001 on 40 problems")
    assert told.verdict.endswith("; no difference shown at k=4: .00, p=1.000")
    turned = both(tmp_path / "turned", group("pppf", 40), group("pfff", 40))
    assert turned.verdict.startswith("b solves fewer at k=1: -.50, p<.0001")
    same = both(tmp_path / "same", group("pf", 30), group("pf", 30))
    assert same.verdict == "no difference shown at k=1: .00, p=1.000 on 30 problems"


def test_nothing_in_common(tmp_path: Path) -> None:
    told = both(tmp_path, group("pf", 2), group("pf", 2, 5), by=["family"])
    assert told.at_k == [] and told.by == {"family": []}
    assert "no judged problem in common" in told.verdict


def test_several_are_corrected(tmp_path: Path) -> None:
    """Six won of six is p = 1/64 by mid-p; beside a second run that is as good as the first twice that."""
    better = [*group("p", 6), *group("f", 14, 6)]
    names = {"a": group("f", 20), "b": better, "c": [*group("p", 1), *group("f", 19, 1)]}
    sides = [side(tmp_path / name, told) for name, told in names.items()]
    one, other = compare(sides)
    assert one.at_k[0].p == pytest.approx(1 / 64, abs=0.004)
    assert one.at_k[0].holm == pytest.approx(2 * one.at_k[0].p)
    assert other.at_k[0].holm == other.at_k[0].p
    assert "(Holm)" in one.verdict and (one.second, other.second) == ("b", "c")


def test_by_a_column(tmp_path: Path) -> None:
    problems = [asked(at, family="even" if at % 2 == 0 else "odd", level=at % 2) for at in range(20)]
    one = [(problem, "pf") for problem in problems]
    other = [(problem, "pp" if at % 2 == 0 else "pf") for at, problem in enumerate(problems)]
    told = both(tmp_path, one, other, by=["family", "level", "nothing"])
    even, odd = told.by["family"]
    assert (even.value, even.problems, even.wins, even.difference) == ("even", 10, 10, 0.5)
    assert (odd.value, odd.ties, odd.p) == ("odd", 10, 1.0)
    assert even.holm == pytest.approx(2 * even.p)
    assert [row.value for row in told.by["level"]] == ["0", "1"]
    assert [(row.value, row.problems) for row in told.by["nothing"]] == [("(none)", 20)]


def test_in_parts_it_is_the_same(tmp_path: Path) -> None:
    one, other = [*group("ppff", 9), *group("ffff", 9, 9)], group("pfff", 18)
    whole = both(tmp_path / "whole", one, other, by=["family"])
    parts = both(tmp_path / "parts", one, other, by=["family"], part_rows=10)
    assert parts == whole


def test_the_order_of_what_was_asked_is_no_matter(tmp_path: Path) -> None:
    one, other = [*group("ppff", 9), *group("ffff", 9, 9)], group("pfff", 18)
    assert both(tmp_path / "x", one, other) == both(tmp_path / "y", one[::-1], other[::-1])


def test_p_values_are_told_as_far_as_they_are_known() -> None:
    assert [told_p(p) for p in (1.0, 0.05, 0.00099, 0.00005)] == ["1.000", ".050", ".0010", "<.0001"]
