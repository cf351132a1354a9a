"""Rewards in a whole run: given once, read in any way, and enough to choose by."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import winnow
from support.fingerprints import keys
from support.openai_server import OpenAIServer, Script
from support.recipes import sums, write_jsonl, write_recipe, write_sums
from support.rewards import told_of

from winnow.pipelines.recipe import load_recipe
from winnow.steps.ledger import Ledger

SFT = {"sft": {"per_problem": 1, "rank_by": ["verdict", "reward"]}}


def run(folder: Path, *more: str, verb: str = "run") -> Path:
    done = winnow(verb, "recipe.yaml" if verb == "run" else "sums", *more, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "runs/sums"


def rows(path: Path, kind: str = "sft") -> pl.DataFrame:
    return pl.read_parquet(path / f"datasets/{kind}/*.parquet")


def recorded(folder: Path, steps: dict[int, list[float]], count: int = 3) -> dict[str, Any]:
    """Problems with four right completions each, and a scorer that knows the step scores of each index."""
    write_jsonl(folder / "problems.jsonl", sums(count))
    told = [
        {
            "id": str(at),
            "completions": [{"text": f"way {one}: {at + at}", "steps": steps[one]} for one in range(4)],
        }
        for at in range(count)
    ]
    write_jsonl(folder / "candidates.jsonl", told)
    return {"type": "recorded", "path": str(folder / "candidates.jsonl")}


def test_another_scorer_scores_what_is_there_and_samples_nothing(tmp_path: Path) -> None:
    with OpenAIServer(Script(pass_rate=0.7)) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        write_sums(tmp_path, sample={"engine": engine, "n": 4})
        path = run(tmp_path)
        assert keys(path)["rewards"] == []
        sampled, before = len(server.sampled), keys(path)
        run(tmp_path, "--set", "score={type: length}")
        found = told_of(path)
        assert len(found) == 32 and all(row["reward"] == len(row["text"]) for row in found)
        run(tmp_path, "--set", "score={type: ensemble, of: [{type: length}, {type: random}]}")
        run(tmp_path, "--set", "score={type: length}")
        assert len(server.sampled) == sampled
    run(tmp_path, "--set", "score={type: random, seed: 7}")  # who sampled need not be there any more
    after = keys(path)
    done = winnow("run", "recipe.yaml", "--set", "sample.n=5", cwd=tmp_path)
    assert done.returncode == 3 and "nothing answers" in done.stderr and "Traceback" not in done.stderr
    assert len(after.pop("rewards")) == 96
    assert after == {name: held for name, held in before.items() if name != "rewards"}


def test_another_aggregate_scores_nothing(tmp_path: Path) -> None:
    score = recorded(tmp_path, {0: [0.9, 0.1], 1: [0.5, 0.5], 2: [0.2, 0.8], 3: [0.1, 0.2]})
    write_recipe(tmp_path, score=score, build=SFT)
    path = run(tmp_path)
    held = keys(path)
    for aggregate, (text, reward) in {
        "last": ("way 2", 0.8),
        "min": ("way 1", 0.5),
        "mean": ("way 0", 0.5),
        "prod": ("way 1", 0.25),
    }.items():
        (tmp_path / "other.yaml").write_text(
            (tmp_path / "recipe.yaml")
            .read_text()
            .replace("type: recorded", f"type: recorded\n  aggregate: {aggregate}")
        )
        run(tmp_path, "--recipe", "other.yaml", verb="build")
        found = rows(path)
        assert found["reward"].to_list() == [reward] * 3
        assert all(said[-1]["content"].startswith(text) for said in found["messages"]), aggregate
        manifest = json.loads((path / "manifest.json").read_text())["build"]["made_by"]
        assert [one["aggregate"] for one in manifest["scoring"]["scorers"]] == [aggregate]
    run(tmp_path, "--set", "score.aggregate=min")
    assert keys(path) == held


class Compares(OpenAIServer):
    """A judge to whom the longer answer is the better one."""

    def _completion(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = super()._completion(asked)
        texts = re.findall(r"<answer-[ab]-\w+>\n(.*?)\n</answer", asked["messages"][-1]["content"], re.DOTALL)
        if len(texts) == 2:
            word = "tie" if len(texts[0]) == len(texts[1]) else "AB"[len(texts[1]) > len(texts[0])]
            found["choices"][0]["message"]["content"] = f"Better: {word}"
        return found


def test_a_judge_that_compares_is_asked_nothing_twice(tmp_path: Path) -> None:
    with Compares(Script()) as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "prices": {"input": 2e6}}
        score = {"type": "judge", "form": "pairwise", "engine": engine}
        texts = ["It is 0", "So it is 0", "Well: it is 0", "Let me see: it is 0"]
        write_jsonl(tmp_path / "problems.jsonl", sums(1))
        write_jsonl(tmp_path / "candidates.jsonl", [{"id": "0", "completions": texts}])
        write_recipe(tmp_path, score=score, build=SFT)
        done = winnow("run", "recipe.yaml", "--set", "sample.n=3", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = re.search(r"judges took ([\d,]+) of [\d,]+ tokens and (\d+) of", " ".join(done.stdout.split()))
        assert told and 0 < int(told[2]) < 2 * int(told[1].replace(",", ""))  # prompts alone have a price
        path = tmp_path / "runs/sums"
        assert rows(path)["messages"][0][-1]["content"] == texts[2]
        assert len(server.sampled) == 2 * 3
        other = ("--set", "sample.n=3", "--set", "score.rubric=Be brief.")
        owed = winnow("run", "recipe.yaml", "--check", *other, cwd=tmp_path)
        told = dict(re.split(r" {2,}", line.strip(), maxsplit=1) for line in owed.stdout.splitlines())
        assert (owed.returncode, told["pairs to compare"], told["to score"]) == (5, "3", "3")
        run(tmp_path)
        assert rows(path)["messages"][0][-1]["content"] == texts[3]
        run(tmp_path, "--set", "score.rating=win_rate")
        assert rows(path)["reward"].to_list() == [1.0]
        assert len(server.sampled) == 2 * 6
    ledger = Ledger(path / "ledger").scan("comparisons").collect()
    assert ledger.height == 12 and ledger.select("first", "second").is_duplicated().sum() == 0


def test_votes_are_those_of_the_recipes_verifier(tmp_path: Path) -> None:
    """Another one takes out other answers, so its shares are others."""
    told = {"type": "ensemble", "of": [{"type": "votes"}, {"type": "length"}]}
    prints = []
    for verify in ({"type": "number"}, {"type": "math"}, {"type": "number"}):
        recipe = load_recipe(write_recipe(tmp_path, score=told, verify=verify))
        assert recipe.score
        prints.append([one.fingerprint for one in recipe.score.members])
    assert prints[0] == prints[2] and prints[0][0] != prints[1][0] and prints[0][1] == prints[1][1]


MOODY = """
from pathlib import Path

def reward(completions, **columns):
    calls = Path({calls!r})
    with calls.open("a") as file:
        file.write(completions[0] + "\\n")
    if "try 1" in completions[0] and Path({down!r}).exists():
        raise ConnectionError("the model is away")
    return [len(completions[0]) - 20.5]
"""


def test_a_failure_is_an_error_and_scored_again(tmp_path: Path) -> None:
    """The run goes on; the next one scores what failed, and nothing else."""
    calls, down = tmp_path / "calls.txt", tmp_path / "down"
    down.touch()
    (tmp_path / "mine.py").write_text(MOODY.format(calls=str(calls), down=str(down)))
    write_sums(tmp_path, count=4, score={"type": "function", "function": f"{tmp_path}/mine.py:reward"})
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0 and "4 scorer errors" in done.stderr
    path = tmp_path / "runs/sums"
    assert sorted(row["status"] for row in told_of(path)) == ["error"] * 4 + ["scored"] * 12
    assert all("the model is away" in row["reason"] for row in told_of(path) if row["status"] == "error")
    assert len(calls.read_text().splitlines()) == 16
    down.unlink()
    run(tmp_path)
    again = calls.read_text().splitlines()[16:]
    assert len(again) == 4 and all("try 1" in text for text in again)
    assert [row["reward"] for row in told_of(path) if row["status"] == "scored"] == pytest.approx(
        [len(row["text"]) - 20.5 for row in told_of(path) if row["status"] == "scored"]
    )
    run(tmp_path)
    assert len(calls.read_text().splitlines()) == 20


def test_best_of_n_where_nobody_knows_what_is_right(tmp_path: Path) -> None:
    """`trust: reward`, with a verifier that takes answers out and judges nothing."""
    score = recorded(tmp_path, {0: [0.1], 1: [0.9], 2: [0.4], 3: [0.6]})
    build = {
        "sft": {"trust": "reward", "per_problem": 1},
        "preference": {"trust": "reward", "per_problem": 1},
        "reward": {"trust": "reward", "rule": "margin", "min_margin": 0.3},
    }
    write_recipe(tmp_path, score=score, verify={"type": "answer", "kind": "number"}, build=build)
    path = run(tmp_path)
    assert [said[-1]["content"][:5] for said in rows(path)["messages"]] == ["way 1"] * 3
    pairs = rows(path, "preference")
    assert [said[-1]["content"][:5] for said in pairs["rejected"]] == ["way 0"] * 3
    assert pairs["reward_chosen"].to_list() == [0.9] * 3 and pairs["reward_rejected"].to_list() == [0.1] * 3
    assert set(rows(path, "reward")["margin"].round(9)) == {0.8}


@pytest.mark.parametrize(
    ("keys_", "why"),
    [
        ({"build": {"sft": {"trust": "reward"}}}, "nobody gives any: add `score`"),
        ({"build": {"kto": {"rank_by": ["-reward"]}}}, "build.kto.rank_by has reward, and nobody gives any"),
        ({"score": {"type": "lenght"}}, "did you mean 'length'?"),
        ({"score": {"type": "recorded", "path": "x", "agregate": "min"}}, "did you mean 'aggregate'?"),
        ({"score": {"type": "function", "function": "no.py:f"}}, "no.py cannot be read"),
        (
            {"score": {"type": "length"}, "build": {"grpo": {"trust": "reward"}}},
            "'verdict', 'agreement' or 'votes'",
        ),
        (
            {"score": {"type": "length"}, "build": {"sft": {"trust": "reward", "pass_rate": [0.1, 0.9]}}},
            "rewards tell better from worse",
        ),
    ],
)
def test_a_recipe_that_cannot_be(tmp_path: Path, keys_: dict[str, Any], why: str) -> None:
    write_sums(tmp_path, **keys_)
    done = winnow("validate", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 2 and why in done.stderr and "recipe.yaml:" in done.stderr, done.stderr


def test_a_build_by_a_scorer_that_has_not_scored(tmp_path: Path) -> None:
    """It would choose by nothing, and say nothing."""
    write_sums(tmp_path)
    path = run(tmp_path)
    before = rows(path)
    write_sums(tmp_path, score={"type": "length"}, build=SFT)
    done = winnow("build", "sums", "--recipe", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 2 and "nothing in runs/sums was scored by 'length'" in done.stderr
    assert "`winnow run` scores what is there" in " ".join(done.stderr.split())
    assert rows(path).equals(before)
    run(tmp_path)
    done = winnow("build", "sums", cwd=tmp_path)
    assert done.returncode == 0 and "not scored" not in done.stderr


def test_a_build_tells_of_what_was_not_scored(tmp_path: Path) -> None:
    calls, down = tmp_path / "calls.txt", tmp_path / "down"
    down.touch()
    (tmp_path / "mine.py").write_text(MOODY.format(calls=str(calls), down=str(down)))
    write_sums(tmp_path, count=4, score={"type": "function", "function": f"{tmp_path}/mine.py:reward"})
    run(tmp_path)
    done = winnow("build", "sums", cwd=tmp_path)
    assert done.returncode == 0
    assert "4 of 16 completions were not scored by 'function'" in " ".join(done.stderr.split())


def test_a_file_that_is_not_there_is_told_before_anything_is_sampled(tmp_path: Path) -> None:
    write_sums(tmp_path, score={"type": "recorded", "path": "none.jsonl"})
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 3 and "none.jsonl" in done.stderr and "Traceback" not in done.stderr
    assert keys(tmp_path / "runs/sums")["completions"] == []
