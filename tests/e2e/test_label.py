"""Labels of reasoning steps in a whole run: rollouts are made once, survive kills, and become rows."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.chaos import Chaos, calm_run, folders
from support.command import winnow
from support.fingerprints import keys
from support.openai_server import OpenAIServer, Script
from support.recipes import sums, write_jsonl, write_recipe

from winnow.steps.ledger import Ledger

# It breaks on what comes after a problem's four answers, as long as a file is there.
JUDGE = """
from pathlib import Path

here = Path({folder!r})

def judge(completions, answer, **columns):
    said = completions[0]
    with (here / "calls").open("a") as file:
        file.write("x")
    if (here / "broken").exists() and (here / "calls").stat().st_size > 4:
        raise RuntimeError("broken")
    return [float(said.endswith(": " + answer[0]))]
"""


def write(folder: Path, url: str, count: int = 6, **more: Any) -> None:
    write_jsonl(folder / "problems.jsonl", sums(count))
    engine = {"type": "endpoint", "base_url": url, "model": "m", "concurrency": 24}
    told = {
        "sample": {"engine": engine, "n": 4},
        "label": {"rollouts": 8},
        "build": {"stepwise": {"per_problem": 4}, "step_preference": {}},
        **more,
    }
    write_recipe(folder, **told)


def rollouts(folder: Path) -> pl.DataFrame:
    return Ledger(folder / "runs/sums/ledger").scan("rollouts").collect()


def rows(folder: Path, kind: str = "stepwise") -> pl.DataFrame:
    return pl.read_parquet(folder / f"runs/sums/datasets/{kind}/*.parquet")


def run(folder: Path, *more: str, code: int = 0) -> None:
    done = winnow("run", "recipe.yaml", *more, cwd=folder)
    (folder / "told.txt").write_text(done.stderr)
    assert done.returncode == code, done.stderr


def check(folder: Path, *more: str) -> dict[str, str]:
    """What `--check` says is owed."""
    done = winnow("run", "recipe.yaml", "--check", *more, cwd=folder)
    assert done.returncode == 5, done.stderr
    return dict(re.split(r" {2,}", line.strip(), maxsplit=1) for line in done.stdout.splitlines())


def failed(folder: Path) -> int:
    """How many answers failed."""
    verdicts = Ledger(folder / "runs/sums/ledger").scan("verdicts").collect()
    return verdicts.filter(verdicts["status"] == "fail")["completion"].n_unique()


def of_rollouts(body: dict[str, Any]) -> bool:
    return body["messages"][-1]["role"] == "assistant" and body["max_tokens"] > 1


def first_error(text: str) -> int:
    """What the scripted server says of a step: `bad` marks the first bad one."""
    return next(at for at, step in enumerate(text.split("\n\n")) if step.startswith("bad"))


def test_every_first_error_is_found(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="chain", pass_rate=0.5)) as server:
        write(tmp_path, server.url)
        run(tmp_path)
        asked = [body for body in server.seen if of_rollouts(body)]
        assert asked and all(
            body["continue_final_message"] is True and body["add_generation_prompt"] is False
            for body in asked
        )
        seen = len(server.seen)
        run(tmp_path)
        assert len(server.seen) == seen
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    texts = dict(ledger.scan("completions").select("id", "text").collect().iter_rows())
    wrong = rows(tmp_path).filter(pl.col("verdict") == "fail")
    found = wrong.select("id", "completions", "labels").rows()
    assert len(found) >= 6
    for completion, steps, labels in found:
        error = first_error(texts[completion])
        assert labels == [True] * error + [False]
        assert steps == texts[completion].split("\n\n")[: error + 1]
    pairs = rows(tmp_path, "step_preference")
    assert pairs.height >= 6
    assert pairs["step_rejected"].str.starts_with("bad").all()
    assert pairs["step_chosen"].str.starts_with("step").all()
    right = rows(tmp_path).filter(pl.col("verdict") == "pass")
    assert right.height and right["labels"].list.all().all()
    assert set(ledger.scan("completions").select("id").collect()["id"]).isdisjoint(
        rollouts(tmp_path)["rollout"]
    )


class Reviews(OpenAIServer):
    """It judges steps, too: of the problem 0 + 0 it finds nothing wrong, of all others what is."""

    def _completion(self, asked: dict[str, Any]) -> dict[str, Any]:
        found = super()._completion(asked)
        content = asked["messages"][-1]["content"]
        if steps := re.findall(r"<step-(\d+)-\w+>\nbad", content):
            place = -1 if "What is 0 + 0?" in content else steps[0]
            found["choices"][0]["message"]["content"] = f"First wrong step: {place}"
        elif "<step-0-" in content:
            found["choices"][0]["message"]["content"] = "First wrong step: -1"
        return found


def test_rollouts_and_a_judge_of_steps_agree(tmp_path: Path) -> None:
    """What they differ about is no row; nothing but the judge is asked for that, and its tokens are told."""
    with Reviews(Script(text="chain", pass_rate=0.5)) as server:
        write(tmp_path, server.url)
        run(tmp_path)
        before, asked = rows(tmp_path), len(server.sampled)
        engine = {"type": "endpoint", "base_url": server.url, "model": "m"}
        score = {"type": "judge", "form": "steps", "engine": engine}
        write(tmp_path, server.url, score=score, build={"stepwise": {"per_problem": 4, "agree": 0.5}})
        done = winnow("run", "recipe.yaml", cwd=tmp_path)
        assert done.returncode == 0 and "judges took" in done.stdout, done.stderr
        texts = Ledger(tmp_path / "runs/sums/ledger").scan("completions").select("text").collect().height
        assert len(server.sampled) == asked + texts
    wrong = (pl.col("prompt") == "What is 0 + 0?") & (pl.col("verdict") == "fail")
    assert before.filter(wrong).height
    kept = ["id", "completions", "labels", "verdict"]
    assert rows(tmp_path).select(kept).equals(before.remove(wrong).select(kept))


def test_a_server_that_begins_anew_is_refused_before_anything_is_asked(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="chain", goes_on="never")) as server:
        write(tmp_path, server.url)
        run(tmp_path, code=3)
        assert not server.sampled
    assert "begins a new message where it is to go on" in (tmp_path / "told.txt").read_text()


def test_the_rows_load_as_steps_of_trl(tmp_path: Path) -> None:
    from datasets import Features, List, Value, load_dataset

    with OpenAIServer(Script(text="chain", pass_rate=0.5)) as server:
        write(tmp_path, server.url, label={"rollouts": 3, "method": "exhaustive"})
        run(tmp_path)
    files = str(tmp_path / "runs/sums/datasets/stepwise/*.parquet")
    loaded = load_dataset("parquet", data_files=files, split="train", cache_dir=str(tmp_path / "cache"))
    wanted = {"prompt": Value("string"), "completions": List(Value("string")), "labels": List(Value("bool"))}
    assert loaded.select_columns(list(wanted)).cast(Features(wanted)).features == Features(wanted)
    assert all(len(row["completions"]) == len(row["labels"]) > 0 for row in loaded)
    shares = [row["shares"] for row in loaded if row["verdict"] == "fail"]
    assert shares and all(one is None or one[-1] == 0.0 for one in shares) and any(shares)


def test_another_verifier_judges_the_rollouts_and_asks_nothing(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="chain", pass_rate=0.5)) as server:
        write(tmp_path, server.url)
        run(tmp_path)
        before, seen, held = rows(tmp_path), len(server.seen), rollouts(tmp_path)
        run(tmp_path, "--set", "verify={type: number, tolerance: 0.25}")
        assert len(server.seen) == seen
    again = rollouts(tmp_path)
    assert again.height == 2 * held.height and again["verifier"].n_unique() == 2
    assert again["rollout"].n_unique() == held["rollout"].n_unique()
    kept = ["completions", "labels", "id"]
    assert rows(tmp_path).select(kept).equals(before.select(kept))


def test_rollouts_that_could_not_be_judged_are_judged_by_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "judge.py").write_text(JUDGE.format(folder=str(tmp_path)))
    (tmp_path / "broken").touch()
    with OpenAIServer(Script(text="chain", pass_rate=0.5)) as server:
        write(tmp_path, server.url, 1, verify={"type": "reward", "function": f"{tmp_path}/judge.py:judge"})
        run(tmp_path)
        assert set(rollouts(tmp_path)["status"]) == {"error"}
        assert check(tmp_path) == {"answers to label": str(failed(tmp_path)), "build": "yes"}
        (tmp_path / "broken").unlink()
        run(tmp_path)
    judged = rollouts(tmp_path).filter(pl.col("status") != "error")
    assert judged.height and rows(tmp_path).filter(pl.col("verdict") == "fail").height


def test_more_rollouts_are_asked_for_where_nothing_else_is(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="chain", pass_rate=0.5)) as server:
        write(tmp_path, server.url, label={"rollouts": 2})
        run(tmp_path)
        held, seen = rollouts(tmp_path), len(server.seen)
        owed = check(tmp_path, "--set", "label.rollouts=6")
        assert set(owed) == {"answers to label", "build"} and len(server.seen) == seen
        told = re.fullmatch(
            r"(\d+), by (\d+) rollouts or more, some ([\d,]+) tokens", owed["answers to label"]
        )
        run(tmp_path, "--set", "label.rollouts=6")
    made = rollouts(tmp_path)
    assert made.height > held.height
    assert told and 0 < int(told[1]) <= failed(tmp_path)
    assert int(told[1]) <= int(told[2]) <= made.height - held.height
    assert int(told[3].replace(",", "")) > int(told[2])
    assert set(held["id"]) < set(made["id"])
    asked = [
        (json.dumps(body["messages"]), body["seed"] + at)
        for body in server.sampled
        for at in range(body.get("n") or 1)
    ]
    assert len(asked) == len(set(asked))


def test_after_kills_nothing_is_asked_twice(tmp_path: Path) -> None:
    with OpenAIServer(Script(text="chain", pass_rate=0.5, latency=0.05, spread=0.5)) as server:
        make = lambda folder: write(folder, server.url, count=3)  # noqa: E731
        calm = next(folders(tmp_path, make))
        seconds = calm_run(calm)
        held: dict[Path, set[tuple[str, int]]] = {}
        seen, twice = len(server.seen), []

        def check(folder: Path) -> None:
            nonlocal seen
            for body in server.seen[seen:]:
                if of_rollouts(body):
                    seeds = range(body["seed"], body["seed"] + body.get("n", 1))
                    twice.extend(
                        held.get(folder, set()) & {(json.dumps(body["messages"]), one) for one in seeds}
                    )
            seen = len(server.seen)
            made = set(rollouts(folder)["seed"])
            held[folder] = {
                (json.dumps(body["messages"]), one)
                for body in server.seen
                if of_rollouts(body)
                for one in range(body["seed"], body["seed"] + body.get("n", 1))
                if one in made
            }

        chaotic = tmp_path / "chaotic"
        chaotic.mkdir()
        chaos = Chaos(seconds, random.Random(5), folders(chaotic, make), after_each=check)
        chaos.go(3)
    assert twice == [] and any(held.values())
    for folder in chaos.finished:
        assert sorted(rollouts(folder)["id"]) == sorted(rollouts(calm)["id"])
        assert keys(folder / "runs/sums") == keys(calm / "runs/sums")
        assert rows(folder).drop("run", strict=False).equals(rows(calm).drop("run", strict=False))


@pytest.mark.parametrize(
    ("label", "why"),
    [
        ({"rolouts": 3}, "did you mean `rollouts`"),
        ({"rollouts": 0}, "greater than 0"),
        ({}, "of type replay"),
    ],
)
def test_a_recipe_that_cannot_be(tmp_path: Path, label: dict[str, Any], why: str) -> None:
    write_recipe(tmp_path, label=label)
    done = winnow("validate", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 2 and why in done.stderr.replace("'", "`"), done.stderr
