"""Killed at random moments and resumed: nothing lost, nothing twice, nothing acknowledged asked for again."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from support.chaos import Chaos, assert_equal, calm_run, folders
from support.fingerprints import acknowledged, asked_for
from support.openai_server import OpenAIServer, Script
from support.recipes import write_jsonl, write_sums

from winnow.steps.ledger import Ledger

KILLS = 20
UNTIL = {"until": {"pass": 3, "fail": 3}, "max_n": 12}


def test_replay(tmp_path: Path) -> None:
    """Many candidates, no latency: kills fall into commits, judging, scoring and building."""
    source = tmp_path / "source"
    source.mkdir()
    engine = {"type": "replay", "path": str(source / "candidates.jsonl")}
    score = {"type": "ensemble", "of": [{"type": "length"}, {"type": "votes"}]}
    recipe = write_sums(source, count=400, n=16, sample={"engine": engine, **UNTIL}, score=score)

    def make(folder: Path) -> None:
        (folder / "recipe.yaml").write_text(recipe.read_text())

    calm = next(folders(tmp_path, make))
    seconds = calm_run(calm)
    chaotic = tmp_path / "chaotic"
    chaotic.mkdir()
    chaos = Chaos(seconds, random.Random(5), folders(chaotic, make), after_each=lambda folder: None)
    chaos.go(KILLS)
    assert_equal(chaos.finished, calm)


def test_answers_that_agree_asked_for_in_several_ways(tmp_path: Path) -> None:
    """Where the next round depends on the answers, and how a completion is asked for on its index."""
    source = tmp_path / "source"
    source.mkdir()
    engine = {"type": "replay", "path": str(source / "candidates.jsonl")}
    ways = {"variants": ["{prompt}", "So: {prompt}", "{prompt} Be brief."], "temperature": [0.5, 1.0]}
    sample = {"engine": engine, "until": {"agree": 0.95}, "max_n": 20, **ways}
    recipe = write_sums(source, count=300, sample=sample, verify={"type": "answer", "kind": "number"})
    dice = random.Random(9)
    rows = [
        {"id": str(at), "completions": [f"{one}: {dice.choice((at, at, at, 1, 2))}" for one in range(20)]}
        for at in range(300)
    ]
    write_jsonl(source / "candidates.jsonl", rows)

    def make(folder: Path) -> None:
        (folder / "recipe.yaml").write_text(recipe.read_text())

    calm = next(folders(tmp_path, make))
    seconds = calm_run(calm)
    asked = Ledger(calm / "runs/sums/ledger").scan("completions").group_by("problem").len()
    counts = asked.collect()["len"]
    assert counts.min() == 4 and counts.max() == 20 and counts.n_unique() > 4
    chaotic = tmp_path / "chaotic"
    chaotic.mkdir()
    chaos = Chaos(seconds, random.Random(6), folders(chaotic, make), after_each=lambda folder: None)
    chaos.go(KILLS // 3)
    assert_equal(chaos.finished, calm)


@pytest.mark.parametrize("faults", [0.0, pytest.param(0.2, marks=pytest.mark.heavy)], ids=["slow", "faulty"])
def test_a_slow_server(tmp_path: Path, faults: float) -> None:
    """The server counts: what the ledger held after a kill is never asked for again."""
    with OpenAIServer(Script(latency=0.15, spread=0.7, faults=faults, seed=11)) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "concurrency": 24}

        def make(folder: Path) -> None:
            write_sums(folder, count=40, sample={"engine": engine, "max_tokens": 64, **UNTIL})

        calm = next(folders(tmp_path, make))
        seconds = calm_run(calm)
        broken: list[tuple[str, int]] = []
        held: dict[Path, set[tuple[str, int]]] = {}
        seen = len(server.seen)

        def check(folder: Path) -> None:
            nonlocal seen
            before = held.get(folder, set())
            for body in server.seen[seen:]:
                if body["max_tokens"] > 1:
                    broken.extend(asked_for(body) & before)
            seen = len(server.seen)
            held[folder] = acknowledged(folder / "runs/sums")

        chaotic = tmp_path / "chaotic"
        chaotic.mkdir()
        chaos = Chaos(seconds, random.Random(7), folders(chaotic, make), after_each=check)
        chaos.go(KILLS if faults else KILLS * 3 // 5)
    assert broken == []
    assert any(held.values())
    assert_equal(chaos.finished, calm)
