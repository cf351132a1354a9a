"""Searches and labels on workers: what the local runner finds, and after a loss the rest of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from support.crews import Crew, run_locally, run_with
from support.fingerprints import keys, outcomes
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums
from support.searching import trees, write_search

from winnow.pipelines.ray.wire import Took
from winnow.steps.engine.client import Client
from winnow.steps.ledger import Ledger, LedgerWriter
from winnow.steps.ledger.schema import TABLES, Row
from winnow.steps.records import GREEDY, Problem

LOSSES = 2
SEARCHES: dict[str, dict[str, Any]] = {
    "lookahead": {"n": 4, "width": 2, "depth": 6},
    "particle": {"n": 4, "depth": 6},
    "revise": {"n": 6, "length": 3},
    "compute_optimal": {
        "depth": 6,
        "probe": 2,
        "by": "verdict",
        "table": [
            {"below": 0.6, "search": {"type": "beam", "n": 4, "width": 2}},
            {"search": {"type": "best_of", "n": 4}},
        ],
    },
}
ASKED = {"nodes": ("parent", "draw"), "rollouts": ("prefix", "index")}


@dataclass
class Watch:
    """A run whose workers go on with an answer only once something else that goes on from the same problem's
    is acknowledged; so those who are lost have a part of it told, and a part not.

    `known` is what was acknowledged, by the key of what it goes on from and its number, `begun` the problems
    of which something was; `asked` tells of each that was asked for whether it was known then.
    """

    table: str
    ids: dict[str, str] = field(default_factory=dict)  # of problems, by that in the source
    known: set[tuple[str, int]] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)
    first: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, int, bool]] = field(default_factory=list)
    crew: Crew = field(default_factory=lambda: Crew(size=2))

    def patch(self, patch: pytest.MonkeyPatch) -> None:
        sample, commit, watch = Client.sample, Ledger.commit, self

        async def watched(client: Client, problem: Problem, way: Any, start: int, n: int) -> Any:
            if problem.source_id and (watch.table == "nodes" or len(problem.prompt) > 1):
                await watch.ask(problem, [GREEDY] if not way.temperature else range(start, start + n))
            return await sample(client, problem, way, start, n)

        def acknowledged(ledger: Ledger, rows: dict[str, list[Row]]) -> None:
            commit(ledger, rows)
            for row in rows.get("problems", ()):
                watch.ids[str(of("problems", row, "source_id"))] = str(row[0])
            for row in rows.get(watch.table, ()):
                watch.begun.add(of(watch.table, row, "problem"))
                watch.known.add(tuple(of(watch.table, row, name) for name in ASKED[watch.table]))

        patch.setattr(Client, "sample", watched)
        patch.setattr(Ledger, "commit", acknowledged)
        patch.setitem(LedgerWriter.__init__.__kwdefaults__, "seconds", 0.02)
        patch.setattr("winnow.pipelines.ray.runner._BEAT", 0.02)
        patch.setattr("winnow.pipelines.ray.runner._LOOK", 0.02)
        self.crew.dies = self.dies

    async def ask(self, problem: Problem, numbers: Any) -> None:
        self.asked += [(problem.id, number, (problem.id, number) in self.known) for number in numbers]
        if len(problem.prompt) > 1 and (
            self.table == "nodes" or self.first.setdefault(problem.source_id, problem.id) != problem.id
        ):
            while self.crew.lost < LOSSES and self.ids.get(problem.source_id) not in self.begun:
                await asyncio.sleep(0.01)

    def dies(self, number: int, took: Took) -> bool:
        new = [row for table, rows in took.rows if table == self.table for row in rows]
        return self.crew.lost < LOSSES and any(of(self.table, row, "problem") in self.begun for row in new)


def of(table: str, row: Row, name: str) -> Any:
    return row[TABLES[table].names.index(name)]


@pytest.mark.parametrize("kind", [*SEARCHES, "label"])
def test_a_loss_costs_what_was_not_told(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers are lost in the middle of a problem: others go on from what the ledger has of it, and the
    end is that of the local runner, row by row."""
    watch = Watch("rollouts" if kind == "label" else "nodes")
    script = Script(text="chain" if kind == "label" else "steps")
    with OpenAIServer(script) as server:
        if kind == "label":
            engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
            recipe = write_sums(tmp_path, 4, sample={"engine": engine, "n": 4}, label={"rollouts": 4})
        else:
            recipe = write_search(tmp_path, server.url, {"type": kind, **SEARCHES[kind]})
        run_locally(recipe, tmp_path / "local")
        watch.patch(monkeypatch)
        run_with(watch.crew, recipe, tmp_path / "ray")
    assert watch.crew.lost == LOSSES
    again = len(watch.asked) - len({one[:2] for one in watch.asked})
    assert again and not [one for one in watch.asked if one[2]]
    assert {one[:2] for one in watch.asked} == watch.known
    assert trees(tmp_path / "ray") == trees(tmp_path / "local")
    assert keys(tmp_path / "ray") == keys(tmp_path / "local")
    assert outcomes(tmp_path / "ray") == outcomes(tmp_path / "local")
