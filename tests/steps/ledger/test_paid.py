"""What was paid for: a search by its steps, a rollout once however often it was judged; and who tells so."""

from __future__ import annotations

from pathlib import Path

from support.ledgers import FINGERPRINT, SAMPLING, problem_of, write_ledger

from winnow.steps.ledger.judgements import judgement_row
from winnow.steps.ledger.nodes import node_row
from winnow.steps.ledger.paid import by_problem
from winnow.steps.ledger.resume import spent
from winnow.steps.ledger.rollouts import rollout_row
from winnow.steps.ledger.schema import now, problem_row
from winnow.steps.records import Choice, Grown
from winnow.steps.report.outcomes import outcomes_of
from winnow.steps.report.report import Told, report_of
from winnow.steps.report.servers import rate_of, servers_of

STEP = Choice("a ", tokens=3, prompt_tokens=10, latency=0.5, cost=0.25)


def test_searches_and_rollouts(tmp_path: Path) -> None:
    """Of two problems that were searched one is not finished; the chains of the other share a step."""
    ledger = write_ledger(tmp_path, [[("p", "a b c"), ("f", "a d e f")], [("p", "g h")]])
    assert outcomes_of(ledger, FINGERPRINT).problems["completion_tokens"].sum() == 9
    nodes = [
        node_row(problem_of(at), Grown((), draw, STEP, False), SAMPLING, "r", now())
        for at in (0, 2)
        for draw in range(3)
    ]
    rollouts = [
        rollout_row(problem_of(1).id, "prefix", 0, STEP, (verifier, "pass"), SAMPLING, "r")
        for verifier in (FINGERPRINT, "another")
    ]
    ledger.commit({"problems": [problem_row(problem_of(2), "r")], "rollouts": rollouts})
    assert spent(ledger).tokens == 9 + 13
    ledger.commit({"nodes": nodes})
    # All completions here are of the parameters that were searched: their own tokens are no cost.
    assert spent(ledger).tokens == 6 * 13 + 13 and spent(ledger).money == 7 * 0.25
    told = {row[0]: row[1:] for row in by_problem(ledger).collect().iter_rows()}
    assert told == {
        problem_of(0).id: (30, 9, 0.75),
        problem_of(1).id: (10, 3, 0.25),
        problem_of(2).id: (30, 9, 0.75),
    }
    for part_rows in (100, 1):
        found = outcomes_of(ledger, FINGERPRINT, part_rows=part_rows)
        columns = ("problem", "prompt_tokens", "completion_tokens", "cost")
        reported = {row[0]: row[1:] for row in found.problems.select(columns).iter_rows()}
        assert reported[problem_of(0).id] == told[problem_of(0).id]
        assert reported[problem_of(2).id] == told[problem_of(2).id]
        # One chain is not to be had for less than the search.
        assert found.places.filter(place=1)["tokens"].item() == 39 + 2
    (server,) = servers_of(ledger)
    assert (server.server, server.completions, server.tokens) == ("model", 6, 18)
    assert rate_of(ledger) > 0


def test_judgements(tmp_path: Path) -> None:
    """They count once each, also where the same was asked for twice, and are told apart from the rest."""
    ledger = write_ledger(tmp_path, [[("p", "a b c"), ("f", "a d e f")], [("p", "g h")]])
    before, told = spent(ledger), Told("run", "number", "1", FINGERPRINT)
    assert report_of(ledger, told).counts.judge_cost is None
    rows = [judgement_row(problem_of(at).id, [STEP, STEP], "judge", "r") for at in (0, 0, 1)]
    ledger.commit({"judgements": rows})
    paid = spent(ledger)
    assert (paid.judge_tokens, paid.judge_money) == (6 * 13, 6 * 0.25)
    assert (paid.tokens - before.tokens, paid.money - before.money) == (6 * 13, 6 * 0.25)
    assert {row[0]: row[3] for row in by_problem(ledger).collect().iter_rows()} == {
        problem_of(0).id: 1.0,
        problem_of(1).id: 0.5,
    }
    for part_rows in (100, 1):
        counts = report_of(ledger, told, part_rows=part_rows).counts
        assert (counts.judge_tokens, counts.judge_cost, counts.cost) == (78, 1.5, 1.5)
        assert counts.prompt_tokens + counts.completion_tokens == paid.tokens
    assert sum(one.tokens for one in servers_of(ledger)) == 9  # who samples
