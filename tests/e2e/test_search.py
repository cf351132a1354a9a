"""Searches in a whole run: found as their description says, killed and resumed, nothing asked twice."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support import searches
from support.chaos import Chaos, assert_equal, calm_run, folders
from support.command import winnow
from support.fingerprints import keys
from support.openai_server import OpenAIServer, Script, step
from support.recipes import sums, write_jsonl, write_sums

from winnow.pipelines.recipe import load_recipe
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.resume import spent
from winnow.steps.records import GREEDY, key_of, place_of

SEARCHES: dict[str, dict[str, Any]] = {
    "beam": {"n": 8, "width": 4, "depth": 12},
    "lookahead": {"n": 4, "width": 2, "depth": 12, "ahead": 1},
    "dvts": {"n": 8, "width": 4, "depth": 12},
    "greedy_steps": {"width": 4, "depth": 12},
    "particle": {"n": 6, "depth": 12},
    "revise": {"n": 6, "length": 3},
    "compute_optimal": {
        "depth": 12,
        "probe": 3,
        "table": [
            {"below": 0.28, "search": {"type": "beam", "n": 8}},
            {"below": 0.33, "search": {"type": "dvts", "n": 4, "width": 2}},
            {"search": {"type": "best_of", "n": 5}},
        ],
    },
}
# A PRM that reads no mind: it likes some words. It writes down each text that it is asked about.
PRM = """
from pathlib import Path

def good(completions, **columns):
    said = completions[0]
    with Path({calls!r}).open("a") as file:
        file.write(repr(said) + "\\n")
    return [(said.count("river") + 1) / (len(said.split()) + 3)]
"""


def good(said: str) -> float:
    """What the PRM says."""
    return (said.count("river") + 1) / (len(said.split()) + 3)


def recipe(folder: Path, server: OpenAIServer, kind: str, count: int = 4, **engine: Any) -> Path:
    (folder / "prm.py").write_text(PRM.format(calls=str(folder / "calls.txt")))
    at = {"type": "endpoint", "base_url": server.url, "model": "m", **engine}
    sample = {"engine": at, "max_tokens": 64, "search": {"type": kind, **SEARCHES[kind]}}
    score = {"type": "function", "function": f"{folder}/prm.py:good"}
    build: dict[str, Any] = {"sft": {}, "preference": {}}
    if kind != "revise":
        build["step_preference"] = {"by": "tree", "margin": 0.01}
    return write_sums(folder, count=count, sample=sample, score=score, build=build)


def run(folder: Path, *more: str) -> Ledger:
    done = winnow("run", "recipe.yaml", *more, cwd=folder)
    assert done.returncode == 0, done.stderr
    return Ledger(folder / "runs/sums/ledger")


def asked(body: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The completions that a request asks for: its messages, and the seed of each."""
    said = tuple((one["role"], one["content"]) for one in body["messages"])
    if not body["temperature"]:
        return [(said, "greedy")]
    return [(said, body["seed"] + at) for at in range(body.get("n") or 1)]


def of_runs(bodies: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [one for body in bodies if body["max_tokens"] > 1 for one in asked(body)]


class Served(searches.World):
    """The scripted server and the PRM above as the world of a plain search."""

    def __init__(self, problem: str, question: str) -> None:
        super().__init__(0)
        self.problem, self.question = problem, question

    def next(self, path: searches.Path, draw: int = 0, greedy: bool = False) -> str:
        messages = [{"role": "user", "content": self.question}]
        if path:
            messages.append({"role": "assistant", "content": "".join(path)})
        first = int(key_of(0, place_of(self.problem, path), 0)[:8], 16) & 0x7FFFFFFF
        said, stop = step(messages, 0 if greedy else first + draw, 0.5)
        self.calls.append((path, draw, greedy))
        return said + (stop or "")

    def score(self, path: searches.Path) -> float:
        said = "".join(path)
        self.rated.append(path)
        return good(said)


@pytest.mark.parametrize("kind", ["lookahead", "dvts"])
def test_a_run_finds_what_a_plain_search_finds(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With each request for up to four steps; the same chains, calls and scores, problem by problem."""
    monkeypatch.setattr(searches, "ended", lambda path: bool(path) and not path[-1].endswith("\n\n"))
    monkeypatch.setattr(searches, "stuck", lambda path: False)
    with OpenAIServer(Script(text="steps")) as server:
        recipe(tmp_path, server, kind, max_n=4096)
        ledger = run(tmp_path)
        requests = of_runs(server.answered)
    texts: dict[str, list[str]] = {}
    calls, scored = 0, set()
    for row in ledger.scan("problems").collect().iter_rows(named=True):
        world = Served(row["id"], f"What is {row['source_id']} + {row['source_id']}?")
        found = getattr(searches, "beam" if kind == "lookahead" else kind)(world, **SEARCHES[kind])
        texts[row["id"]] = ["".join(path) for path in found]
        calls += len(set(world.calls))
        scored |= {"".join(path) for path in world.rated}
    completions = ledger.scan("completions").sort("index").collect()
    assert {problem: completions.filter(problem=problem)["text"].to_list() for problem in texts} == texts
    assert len(requests) == len(set(requests)) == calls == ledger.height("nodes")
    assert {eval(line) for line in (tmp_path / "calls.txt").read_text().splitlines()} == scored


@pytest.mark.parametrize("kind", SEARCHES)
def test_only_chains_are_candidates_and_nothing_is_scored_twice(kind: str, tmp_path: Path) -> None:
    with OpenAIServer(Script(text="steps")) as server:
        recipe(tmp_path, server, kind)
        ledger = run(tmp_path)
        sampled = len(of_runs(server.answered))
        held = keys(tmp_path / "runs/sums")
        again = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert again.returncode == 0 and "nothing to do" in again.stderr
        assert len(of_runs(server.answered)) == sampled
    assert keys(tmp_path / "runs/sums") == held and sampled == ledger.height("nodes")
    completions, nodes = (ledger.scan(table).collect() for table in ("completions", "nodes"))
    assert 4 <= completions.height < nodes.height or kind == "revise"
    assert completions.group_by("problem", "index").len()["len"].max() == 1
    if kind != "revise":
        assert (
            completions.filter(pl.col("finish_reason") == "stop")["text"].str.count_matches("\n\n").min() >= 2
        )
        pairs = pl.read_parquet(tmp_path / "runs/sums/datasets/step_preference/*.parquet")
        assert pairs.height and (pairs["margin"] > 0).all()
        for side in ("chosen", "rejected"):
            texts = pairs.select(pl.concat_str("prefix", f"step_{side}")).to_series()
            if kind != "lookahead":  # which scores what a step led to
                assert pairs[f"score_{side}"].to_list() == [good(said) for said in texts]
    told = (tmp_path / "calls.txt").read_text().splitlines()
    per_problem = ledger.scan("node_rewards").select("problem", "place").collect()
    assert per_problem.height == per_problem.unique().height == len(told)
    rewards = ledger.scan("rewards").select("completion", "reward").collect()
    judged = completions.filter(pl.col("finish_reason") == "stop")
    assert set(rewards["completion"]) == set(judged["id"])
    assert ledger.scan("verdicts").collect().height == completions.height
    assert spent(ledger).tokens == nodes["prompt_tokens"].sum() + nodes["completion_tokens"].sum()


def test_what_is_still_to_be_searched(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="steps")) as server:
        recipe(tmp_path, server, "beam", count=2)
        assert "problems to search  2" in winnow("run", "recipe.yaml", "--check", cwd=tmp_path).stdout
        took = spent(run(tmp_path)).tokens
        write_jsonl(tmp_path / "problems.jsonl", sums(3))
        told = winnow("run", "recipe.yaml", "--check", cwd=tmp_path).stdout
        lines = {line[:18].strip(): line[18:].strip() for line in told.splitlines()}
        assert lines["problems new"] == lines["problems to search"] == "1"
        assert int(lines["tokens"].removeprefix("some ").replace(",", "")) == round(took / 2)


def test_a_scorer_that_fails_leaves_the_searches_owed(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="steps")) as server:
        recipe(tmp_path, server, "beam", count=2)
        prm = tmp_path / "prm.py"
        prm.write_text(
            prm.read_text().replace(
                "    said =", "    if (here / 'broken').exists():\n        1 / 0\n    said ="
            )
        )
        prm.write_text(f"from pathlib import Path\nhere = Path({str(tmp_path)!r})\n" + prm.read_text())
        (tmp_path / "broken").touch()
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 1
        assert "2 problems were not searched to their end: the scorer failed" in done.stderr
        assert "division by zero" in done.stderr
        seen = len(of_runs(server.answered))
        (tmp_path / "broken").unlink()
        ledger = run(tmp_path)
        assert len(of_runs(server.answered)) == ledger.height("nodes") > seen > 0
    assert ledger.scan("completions").collect()["problem"].n_unique() == 2


def test_a_revision_is_asked_for_in_the_words_of_the_first_attempt(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="steps")) as server:
        recipe(tmp_path, server, "revise", count=1)
        run(tmp_path, "--set", "sample.variants=[{prompt: 'Q: {prompt}'}]")
        said = [[one["content"] for one in body["messages"]] for body in server.sampled]
    assert {one[0] for one in said} == {"Q: What is 0 + 0?"}
    assert {one[-1][:10] for one in said if len(one) > 1} == {"Check your"}


HEAVY = [pytest.param(kind, marks=pytest.mark.heavy) for kind in ("beam", "lookahead", "particle", "revise")]


@pytest.mark.parametrize("kind", ["compute_optimal", *HEAVY])
def test_killed_and_resumed(kind: str, tmp_path: Path) -> None:
    """What the ledger held after a kill is never asked for again, and the end is the same."""
    with OpenAIServer(Script(text="steps", latency=0.05, spread=0.7, seed=3)) as server:

        def make(folder: Path) -> None:
            recipe(folder, server, kind, count=12, concurrency=24)
            # the reward function stands in the recipe by its path, and scorers are known by their file
            (folder / "recipe.yaml").write_text(
                (folder / "recipe.yaml").read_text().replace(str(folder / "prm.py"), str(tmp_path / "prm.py"))
            )

        (tmp_path / "prm.py").write_text(PRM.format(calls=str(tmp_path / "calls.txt")))
        calm = next(folders(tmp_path, make))
        seconds = calm_run(calm)
        held: dict[Path, set[tuple[Any, ...]]] = {}
        broken: list[tuple[Any, ...]] = []
        seen = len(server.seen)

        def check(folder: Path) -> None:
            nonlocal seen
            broken.extend(set(of_runs(server.seen[seen:])) & held.get(folder, set()))
            seen = len(server.seen)
            held[folder] = acknowledged(folder)

        chaotic = tmp_path / "chaotic"
        chaotic.mkdir()
        chaos = Chaos(seconds, random.Random(4), folders(chaotic, make), after_each=check)
        chaos.go(5)
    assert broken == [] and any(held.values())
    assert_equal(chaos.finished, calm)
    for folder in chaos.finished:
        nodes = Ledger(folder / "runs/sums/ledger").scan("nodes").select("id").collect()["id"]
        assert nodes.n_unique() == nodes.len()
        assert set(nodes) == set(Ledger(calm / "runs/sums/ledger").scan("nodes").collect()["id"])


def acknowledged(folder: Path) -> set[tuple[Any, ...]]:
    """Every step that the ledger holds, as `asked` names it."""
    search = load_recipe(folder / "recipe.yaml").sample.search
    assert search is not None
    ledger = Ledger(folder / "runs/sums/ledger")
    asked_of = {
        row["id"]: f"What is {row['source_id']} + {row['source_id']}?"
        for row in ledger.scan("problems").collect().iter_rows(named=True)
    }
    before: dict[str, tuple[str, ...]] = {}
    found = set()
    for row in ledger.scan("nodes").sort("depth").collect().iter_rows(named=True):
        path = before.get(row["parent"], ())
        before[row["place"]] = (*path, row["text"])
        said = [("user", asked_of[row["problem"]])]
        said += [(one["role"], one["content"]) for one in search.further(path)]
        found.add((tuple(said), "greedy" if row["draw"] == GREEDY else row["seed"]))
    return found
