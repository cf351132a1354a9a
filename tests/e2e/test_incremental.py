"""What was paid for once is not paid for again: a second run does what changed, and nothing else."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.command import start, winnow
from support.fingerprints import asked, keys, outcomes
from support.openai_server import OpenAIServer, Script
from support.recipes import replayed, sums, write_jsonl, write_recipe, write_sums
from support.waiting import wait_until

from winnow.pipelines.folder import RunFolder
from winnow.steps.ledger import Ledger


def sample(url: str, **more: Any) -> dict[str, Any]:
    return {"engine": {"type": "endpoint", "base_url": url, "model": "m"}, "n": 4, **more}


def run(folder: Path, *more: str) -> Path:
    done = winnow("run", "recipe.yaml", *more, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "runs/sums"


def build_id(path: Path) -> str:
    return str(json.loads((path / "manifest.json").read_text())["build"]["id"])


def files(path: Path) -> dict[str, tuple[int, bytes]]:
    """Time of change and content of every file of the datasets."""
    found = [file for file in (path / "datasets").rglob("*") if file.is_file()]
    assert found
    return {str(file.relative_to(path)): (file.stat().st_mtime_ns, file.read_bytes()) for file in found}


def rows(path: Path) -> dict[str, tuple[int, bytes]]:
    """The same of every file but the manifest, which tells of the recipe."""
    return {name: file for name, file in files(path).items() if name != "datasets/manifest.json"}


def judged(path: Path) -> list[tuple[str, int]]:
    """The versions of verdicts by verifier, with how many of each."""
    verdicts = Ledger(path / "ledger").scan("verdicts").group_by("verifier", "fingerprint").len()
    return sorted(verdicts.select("verifier", "len").collect().iter_rows())


def told(path: Path, rows: str = "sft") -> pl.DataFrame:
    return pl.read_parquet(path / f"datasets/{rows}/*.parquet")


def test_more_is_asked(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, sample=sample(server.url))
        path = run(tmp_path)
        before, sampled = outcomes(path), len(server.sampled)
        run(tmp_path, "--set", "sample.n=6")
        more = server.sampled[sampled:]
    assert len(more) == 8
    assert {row["n"] for row in more} == {2}
    assert asked(path)["len"].to_list() == [6] * 8
    assert set(before) < set(outcomes(path))


def test_less_is_asked(tmp_path: Path) -> None:
    """What is in the ledger stays there, and is built from."""
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, sample=sample(server.url))
        path = run(tmp_path)
        build, before, sampled = build_id(path), (rows(path), keys(path)), len(server.sampled)
        run(tmp_path, "--set", "sample.n=2")
        assert len(server.sampled) == sampled
    assert (rows(path), keys(path)) == before
    assert build_id(path) == build


def test_another_verifier(tmp_path: Path) -> None:
    """All is judged anew, by the new one alone; the verdicts of the old one stay."""
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, sample=sample(server.url))
        path = run(tmp_path)
        sampled, before = len(server.sampled), told(path)
        verifier = {"type": "regex", "pattern": "never said"}
        write_recipe(tmp_path, sample=sample(server.url), verify=verifier)
        run(tmp_path)
        assert judged(path) == [("number", 32), ("regex", 32)]
        assert told(path).is_empty()
        write_recipe(tmp_path, sample=sample(server.url))
        run(tmp_path)
        assert len(server.sampled) == sampled
    assert judged(path) == [("number", 32), ("regex", 32)]
    assert told(path).equals(before)
    assert not before.is_empty()


def test_new_rows_in_the_source(tmp_path: Path) -> None:
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, count=5, sample=sample(server.url))
        path = run(tmp_path)
        sampled = len(server.sampled)
        write_jsonl(tmp_path / "problems.jsonl", [*sums(8)[5:], *sums(5)])
        run(tmp_path)
        new = {row["messages"][-1]["content"] for row in server.sampled[sampled:]}
    assert new == {row["q"] for row in sums(8)[5:]}
    assert asked(path)["len"].to_list() == [4] * 8


def test_another_selection_rule(tmp_path: Path) -> None:
    """`winnow build` needs no server; its rules hold from then on."""
    with OpenAIServer(Script()) as server:
        write_sums(tmp_path, sample=sample(server.url, n=8))
        path = run(tmp_path)
        recipe = sample(server.url, n=8)
    held, rows = keys(path), told(path)["problem_id"].value_counts()["count"].max()
    assert rows == 2
    write_recipe(tmp_path, sample=recipe, build={"sft": {"per_problem": 1}})
    done = winnow("build", "sums", "--recipe", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert told(path)["problem_id"].is_unique().all()
    assert not (path / "datasets/preference").exists()
    build = build_id(path)
    again = winnow("build", "sums", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert (build_id(path), keys(path)) == (build, held)


def test_build_by_a_recipe_of_something_else(tmp_path: Path) -> None:
    write_sums(tmp_path)
    path = run(tmp_path)
    before = files(path)
    source = {"type": "inline", "prompt": "q", "reference": {"answer": "a"}, "rows": [{"q": "?", "a": "1"}]}
    write_recipe(tmp_path, source=source)
    done = winnow("build", "sums", "--recipe", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "made by another recipe" in done.stderr
    assert files(path) == before


@pytest.mark.parametrize("rule", [{"n": 6}, {"until": {"pass": 2, "fail": 2}, "max_n": 12}], ids=str)
def test_truncated_candidates(tmp_path: Path, rule: dict[str, Any]) -> None:
    """They are kept and marked, judged by nobody, and in no dataset."""
    with OpenAIServer(Script(truncate=0.5)) as server:
        recipe = {key: value for key, value in sample(server.url).items() if key != "n"}
        write_sums(tmp_path, count=12, sample={**recipe, **rule})
        path = run(tmp_path)
    ledger = Ledger(path / "ledger")
    cut = ledger.scan("completions").select("text", "finish_reason", completion="id")
    rows = cut.join(ledger.scan("verdicts"), on="completion").collect()
    skipped = rows.filter(pl.col("finish_reason") == "length")
    assert 0 < skipped.height < rows.height
    assert set(skipped["status"]) == {"skip"}
    assert set(rows.filter(pl.col("finish_reason") == "stop")["status"]) == {"pass", "fail"}
    texts = set(skipped["text"])
    sft, pairs = told(path), told(path, "preference")
    said = [message["content"] for messages in sft["messages"] for message in messages]
    said += [pair[0]["content"] for side in ("chosen", "rejected") for pair in pairs[side]]
    assert said
    assert texts.isdisjoint(said)


def test_compact(tmp_path: Path) -> None:
    """Fewer files, the same rows."""
    write_sums(tmp_path)
    path = run(tmp_path)
    before, build = outcomes(path), build_id(path)
    for n in range(5, 9):
        run(tmp_path, "--set", f"sample.n={n}")
    whole = outcomes(path)
    assert set(before) < set(whole)
    done = winnow("compact", "sums", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert outcomes(path) == whole
    assert run(tmp_path, "--set", "sample.n=8") == path
    assert outcomes(path) == whole
    assert build_id(path) != build


def status(folder: Path) -> str:
    done = winnow("status", "sums", cwd=folder)
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_status(tmp_path: Path) -> None:
    """Of a folder where nothing ran, of a run that goes on, was killed, and is done."""
    never = winnow("status", "sums", cwd=tmp_path)
    assert never.returncode == 2
    assert "no run at sums" in never.stderr
    with OpenAIServer() as server:
        engine = {"type": "endpoint", "base_url": server.url, "model": "m", "concurrency": 4}
        write_sums(tmp_path, count=40, sample={"engine": engine, "n": 4})
        server.most = 4
        process = start("run", "recipe.yaml", cwd=tmp_path)
        wait_until(lambda: len(server.sampled) == server.most)
        wait_until(lambda: "sums (running: sampling)" in status(tmp_path))
        process.kill()
        process.wait()
        assert "sums (killed; `winnow run` goes on from here)" in status(tmp_path)
        server.most = math.inf
        path = run(tmp_path)
    end = status(tmp_path)
    assert "sums (done)" in end
    assert "problems 40 completions 160" in end
    assert f"sft/train-00000-of-00001.parquet ({told(path).height} rows)" in end
    RunFolder(path).manifest.unlink()
    assert winnow("status", "sums", cwd=tmp_path).returncode == 2


def test_status_of_a_run_that_never_began(tmp_path: Path) -> None:
    """An engine that is not there: the folder is made, and says why there is nothing in it."""
    write_sums(tmp_path, sample=sample("http://127.0.0.1:9/v1"))
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 3
    assert "stopped: " in status(tmp_path)
    assert "problems 0 completions 0" in status(tmp_path)


def test_a_mended_reference(tmp_path: Path) -> None:
    """What the wrong reference proved is not built from any more, and comes back with it."""
    write_sums(tmp_path, count=3, n=4)
    path = run(tmp_path)
    before = build_id(path)
    mended = [{**row, "a": "1"} if row["id"] == "0" else row for row in sums(3)]
    write_jsonl(tmp_path / "problems.jsonl", mended[:2])
    run(tmp_path)
    for rows in ("sft", "preference"):
        built = told(path, rows).select("source_id", "reference").unique()
        assert sorted(built.iter_rows()) == [("0", '{"answer":"1"}'), ("1", '{"answer":"2"}')]
    assert told(path).filter(pl.col("source_id") == "0")["n"].to_list() == [4, 4]
    status = winnow("status", "sums", cwd=tmp_path).stdout
    assert "problems that left the source" in status
    write_jsonl(tmp_path / "problems.jsonl", sums(3))
    run(tmp_path)
    assert build_id(path) == before


def test_a_default_that_is_spelled_out_is_the_same_recipe(tmp_path: Path) -> None:
    write_sums(tmp_path)
    path = run(tmp_path)
    build = build_id(path)
    run(tmp_path, "--set", "sample.temperature=0.8", "--set", "sample.max_tokens=1024")
    assert build_id(path) == build


def test_a_recipe_that_is_refused_changes_nothing(tmp_path: Path) -> None:
    """Refused by what the engine tells: the replay's file is another one under the same name."""
    write_sums(tmp_path, count=4, n=4)
    path = run(tmp_path)
    before = (path / "manifest.json").read_bytes()
    write_jsonl(tmp_path / "candidates.jsonl", replayed(4, 5))
    done = winnow("run", "recipe.yaml", "--set", "verify={type: regex, pattern: zzz}", cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert (path / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("damage", ["removed", "cut short"])
def test_a_damaged_build_is_made_again(tmp_path: Path, damage: str) -> None:
    write_sums(tmp_path)
    path = run(tmp_path)
    build, whole = build_id(path), {name: content for name, (_, content) in files(path).items()}
    file = path / "datasets/sft/train-00000-of-00001.parquet"
    file.unlink() if damage == "removed" else file.write_bytes(b"")
    assert winnow("build", "sums", cwd=tmp_path).returncode == 0
    assert build_id(path) == build
    assert {name: content for name, (_, content) in files(path).items()} == whole


def test_an_error_is_judged_again(tmp_path: Path) -> None:
    """A verdict that is trouble of ours is not the last word; nothing is sampled for it."""
    write_sums(tmp_path, count=2, n=4)
    write_jsonl(
        tmp_path / "problems.jsonl",
        [{**row, "a": "no number"} if row["id"] == "0" else row for row in sums(2)],
    )
    path = run(tmp_path)

    def statuses() -> dict[str, int]:
        return dict(Ledger(path / "ledger").scan("verdicts").group_by("status").len().collect().iter_rows())

    assert statuses() == {"error": 4, "pass": 2, "fail": 2}
    run(tmp_path)
    assert statuses() == {"error": 8, "pass": 2, "fail": 2}
    assert Ledger(path / "ledger").scan("completions").collect().height == 8
    assert "error        4" in winnow("status", "sums", cwd=tmp_path).stdout
