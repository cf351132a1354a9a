"""`winnow tune` on a scripted server: what it tells of a strategy is what a run of that finds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from support import documented
from support.command import winnow
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums

from winnow.pipelines.begin import run_recipe
from winnow.pipelines.recipe import Recipe, load_recipe
from winnow.pipelines.tune import tune_recipe, write_table
from winnow.steps.errors import Exit, MissingError, UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.sample.search.optimal_config import ComputeOptimalConfig, read_table
from winnow.steps.sample.search.tuning import Tried, fitted

STRATEGIES: list[dict[str, Any]] = [
    {"type": "best_of", "n": 2},
    {"type": "best_of", "n": 4},
    {"type": "beam", "n": 4, "width": 2},
]
SEARCH = {
    "type": "compute_optimal",
    "path": "optimal.yaml",
    "probe": 2,
    "depth": 6,
    "strategies": STRATEGIES,
}
PRM = """
def good(completions, **columns):
    return [(said.count("river") + 1) / (len(said.split()) + 3) for said in completions]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[OpenAIServer]:
    with OpenAIServer(Script(text="steps", pass_rate=0.4)) as running:
        yield running


def recipe(folder: Path, server: OpenAIServer, count: int = 40, **keys: Any) -> Path:
    (folder / "prm.py").write_text(PRM)
    # a request for one: which step a draw is hangs on the request that brought it
    engine = {"type": "endpoint", "base_url": server.url, "model": "m", "max_n": 1}
    sample = {"engine": engine, "max_tokens": 64, "search": {**SEARCH, **keys}}
    return write_sums(
        folder, count=count, sample=sample, score={"type": "function", "function": "prm.py:good"}
    )


def loaded(folder: Path, server: OpenAIServer, count: int = 40, **keys: Any) -> Recipe:
    return load_recipe(recipe(folder, server, count, **keys))


def requests(server: OpenAIServer) -> list[tuple[str, int]]:
    """Each step that was asked for, by its messages and its seed."""
    return [
        (str(body["messages"]), body["seed"] + at)
        for body in server.answered
        if body["max_tokens"] > 1
        for at in range(body.get("n") or 1)
    ]


def found(run: Path) -> tuple[float, float]:
    """Of a run, how often the best by reward is right, and its tokens a problem."""
    ledger = Ledger(run / "ledger")
    rewards = ledger.scan("rewards").select("reward", id="completion")
    verdicts = ledger.scan("verdicts").select("status", id="completion")
    rows = ledger.scan("completions").join(rewards, on="id").join(verdicts, on="id").collect()
    best = rows.sort("problem", -pl.col("reward"), "index").group_by("problem").first()
    tokens = ledger.scan("nodes").collect()["completion_tokens"].sum()
    problems = ledger.height("problems")
    return (best["status"] == "pass").sum() / problems, tokens / problems


def test_what_it_tells_is_what_runs_find(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command makes the table; a strategy that is run alone has the share that its last line tells; and
    a run by the table has the share and the tokens at the end of that line."""
    recipe(tmp_path, server)
    server.answered.clear()
    done = winnow("tune", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    asked = requests(server)
    assert len(asked) == len(set(asked)) == Ledger(tmp_path / "runs/sums-tune/ledger").height("nodes")
    cells = re.findall(r"(\d\.\d{3}) (\d+)", next(line for line in done.stdout.splitlines() if "all" in line))
    told = [(float(right), int(tokens)) for right, tokens in cells]
    assert len(told) == len(STRATEGIES) + 1
    monkeypatch.chdir(tmp_path)
    beam = str({**STRATEGIES[-1], "depth": SEARCH["depth"]})
    alone = load_recipe("recipe.yaml", [f"sample.search={beam}", "name=alone"])
    assert run_recipe(alone, tmp_path / "runs") is Exit.DONE
    right, tokens = found(tmp_path / "runs/alone")
    assert told[-2][0] == round(right, 3) and told[-2][1] > tokens
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    documented.ran("docs/search.md", ["winnow tune recipe.yaml", "winnow run recipe.yaml"])
    right, tokens = found(tmp_path / "runs/sums")
    assert told[-1] == (round(right, 3), round(tokens))
    assert right >= max(right for right, _ in told[:-1]) - 0.01  # the problems that it was fitted on


def test_the_same_answers_make_the_same_table_and_nothing_is_asked_again(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By verdict, where the first answers are candidates of their own."""
    monkeypatch.chdir(tmp_path)
    given = loaded(tmp_path, server, by="verdict", probe=4)
    assert tune_recipe(given, tmp_path / "runs", "any", 0.01) is Exit.DONE
    first, asked = Path("optimal.yaml").read_bytes(), len(requests(server))
    bins = yaml.safe_load(first)
    assert len(bins) == 2 and 0 < bins[0]["below"] <= 1 and "below" not in bins[1]
    assert tune_recipe(given, tmp_path / "runs", "any", 0.01) is Exit.DONE
    assert Path("optimal.yaml").read_bytes() == first and len(requests(server)) == asked
    blind = loaded(tmp_path, server, by="verdict", probe=4, strategies=STRATEGIES[2:])
    assert tune_recipe(blind, tmp_path / "blind", "best", 0.01) is Exit.DONE  # no search rates the first ones
    Path("optimal.yaml").write_bytes(first)
    run_recipe(given, tmp_path / "runs")
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    verdicts = ledger.scan("verdicts").collect()
    assert verdicts["completion"].n_unique() == verdicts.height == ledger.height("completions")
    rewards = ledger.scan("rewards").collect()
    assert rewards["completion"].n_unique() == rewards.height


def test_what_it_writes_it_reads(tmp_path: Path) -> None:
    """Also a limit near nothing, whose exponent YAML would take for a text."""
    path = tmp_path / "optimal.yaml"
    told = {**SEARCH, "type": "compute_optimal", "path": str(path)}
    config = ComputeOptimalConfig.model_validate(told)
    tried = [Tried(worth, (worth > 0.1, True, True), (5, 9, 9)) for worth in (1e-7, 2.4e-5) * 20]
    lines = fitted(tried)
    assert len(lines) == 2
    write_table(config, lines, "sums", "best")
    assert read_table(path) == [line.bin(config) for line in lines]


def test_what_is_missing_is_named(
    tmp_path: Path, server: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = loaded(tmp_path, server, count=2)
    with pytest.raises(MissingError, match=r"optimal.yaml .* cannot be read.*`winnow tune RECIPE` makes it"):
        run_recipe(given, tmp_path / "runs")
    beam = load_recipe("recipe.yaml", ["sample.search={type: beam}"])
    with pytest.raises(UsageError, match=r"type: compute_optimal.*sums has `search: {type: beam}`"):
        tune_recipe(beam, tmp_path / "runs", "best", 0.01)
    blind = load_recipe("recipe.yaml", ["verify={type: answer}", "name=blind"])
    with pytest.raises(UsageError, match=r"told right or wrong by `verify: {type: answer}`.*are known"):
        tune_recipe(blind, tmp_path / "runs", "best", 0.01)
    Path("optimal.yaml").write_text("- {below: 0.5, search: {type: beam}}\n")
    with pytest.raises(UsageError, match=r"optimal.yaml .*: every line of the table but the last"):
        run_recipe(given, tmp_path / "runs")
    Path("optimal.yaml").write_text("- {search: {type: best_of, n: 4}}\n")
    assert run_recipe(given, tmp_path / "runs") is Exit.DONE
    Path("optimal.yaml").write_text("- {search: {type: beam, n: 4}}\n")
    with pytest.raises(UsageError, match="another table or scorer"):
        run_recipe(given, tmp_path / "runs")
