"""Reviews with Argilla's real server: what is pushed, what two people say, what is pulled, what is built."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support import documented
from support.argilla import ArgillaServer, answers
from support.command import WINNOW, start, winnow
from support.recipes import write_sums

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.view import last_reviews
from winnow.steps.review.subjects import subject_of

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]
REVIEWED = {"publish": {"argilla": {"dataset": "sums", "records": 8}}}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    write_sums(
        tmp_path,
        count=8,
        n=4,
        build={"sft": {"per_problem": 1}, "preference": {"per_problem": 1}},
        **REVIEWED,
    )
    done = winnow("run", "recipe.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path


def review(
    verb: str, run: Path, argilla: ArgillaServer, *more: str, env: dict[str, str] | None = None
) -> str:
    done = winnow("review", verb, "sums", *more, cwd=run, env={**argilla.env, **(env or {})})
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def by_id(argilla: ArgillaServer, name: str) -> dict[str, dict[str, Any]]:
    """The records of a dataset by external id, none of which is there twice."""
    records = argilla.records(name)
    told = {one["external_id"]: one for one in records}
    assert len(told) == len(records)
    return told


def rows(run: Path) -> pl.DataFrame:
    return last_reviews(Ledger(run / "runs/sums/ledger")).collect()


def sent(run: Path) -> dict[str, bool]:
    """Of each dataset, whether what people say there is still to be read."""
    found: dict[str, bool] = json.loads((run / "runs/sums/reviews.json").read_text())
    return found


def test_the_commands_of_the_pages(run: Path, argilla: ArgillaServer) -> None:
    """The first one started the server, elsewhere than below this run."""
    serve, *lines = documented.of("docs/argilla-server.md")
    assert serve == "winnow review serve"
    (run / "runs/argilla").symlink_to(argilla.home)
    script = "\n".join(["set -e", f'winnow() {{ {" ".join(WINNOW)} "$@"; }}', *lines])
    done = subprocess.run(["bash", "-c", script], cwd=run, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    documented.ran("docs/argilla-server.md", [serve, *lines])
    documented.ran("docs/review.md", lines[1:])


def test_two_people(run: Path, argilla: ArgillaServer) -> None:
    name = ("--dataset", "two")
    assert "8 records added to two-sft" in review("push", run, argilla, *name)
    assert sent(run)["default/two"]
    assert "0 records added to two-preference" in review("push", run, argilla, *name)
    ann, bob = argilla.annotator("ann"), argilla.annotator("bob")
    single, pairs = argilla.records("two-sft"), argilla.records("two-preference")
    assert (len(single), len(pairs)) == (8, 8)
    for shown in argilla.pending(ann, "two-sft") + argilla.pending(ann, "two-preference"):
        assert set(shown["metadata"]) == {"family"}
        assert not shown.get("suggestions")

    for record in single[:5]:
        argilla.respond(ann, record["id"], "submitted", answers(right="yes", rating=4))
    argilla.respond(bob, single[0]["id"], "submitted", answers(right="yes", rating=5, comment="<b>fine</b>"))
    argilla.respond(bob, single[1]["id"], "submitted", answers(right="no", rating=1))  # they disagree
    argilla.respond(bob, single[2]["id"], "discarded", {})  # as the UI discards
    argilla.respond(bob, single[3]["id"], "draft", answers(comment="half of"))
    argilla.respond(bob, single[4]["id"], "draft", None)
    argilla.respond(bob, single[5]["id"], "submitted", answers(right="no"))
    argilla.respond(bob, single[6]["id"], "discarded", None)
    chosen = _chosen(run)
    for at, record in enumerate(pairs[:3]):
        subject = subject_of(record["external_id"])
        sides = {"a": subject.first, "b": subject.second}
        side = next(side for side, one in sides.items() if (one in chosen) == (at > 0))
        argilla.respond(ann, record["id"], "submitted", answers(better=side))

    told = review("pull", run, argilla, *name)
    assert "15 responses, 15 of them new" in told
    assert not sent(run)["default/two"]
    found = rows(run)
    assert found.height == 15
    counts = dict(found["status"].value_counts().iter_rows())
    assert counts == {"submitted": 11, "discarded": 2, "draft": 2}
    assert found["person"].n_unique() == 2
    stored = json.dumps(found.rows(), default=str)
    assert "ann" not in found["person"].to_list()
    assert argilla.env["ARGILLA_API_KEY"] not in stored
    assert found.filter(pl.col("comment") == "half of").height == 1
    by_subject = {row["subject"]: row for row in found.iter_rows(named=True) if row["second"]}
    turned = by_subject[pairs[0]["external_id"]]
    assert turned[turned["better"]] not in chosen

    assert "15 responses, 0 of them new" in review("pull", run, argilla, *name)
    argilla.respond(bob, single[1]["id"], "submitted", answers(right="yes"))
    assert "15 responses, 1 of them new" in review("pull", run, argilla, *name)
    assert Ledger(run / "runs/sums/ledger").height("reviews") == 16
    told_json = json.loads(_json(run, argilla, *name))
    assert told_json["precision"]["hits"] == 5
    assert told_json["precision"]["of"] == 6
    assert told_json["pairs"]["hits"] == 2
    assert told_json["pairs"]["of"] == 3
    offline = winnow("review", "agreement", "sums", "--json", cwd=run)
    assert json.loads(offline.stdout) == told_json

    more = ("--records", "3", *name)
    assert "0 records added" in review("push", run, argilla, *more)
    assert len(argilla.records("two-sft")) == 8
    assert len(by_id(argilla, "two-sft")[single[0]["external_id"]]["responses"]) == 2

    before = {one["id"] for one in _built(run, "preference")}
    _rebuild(run, {"rule": "override"})
    after = {row["id"]: row for row in _built(run, "preference")}
    one, other = (turned["first"], turned["second"])
    was, now = (
        (f"{one}-{other}", f"{other}-{one}")
        if f"{one}-{other}" in before
        else (f"{other}-{one}", f"{one}-{other}")
    )
    assert was not in after
    assert after[now]["decided_by"] == "people"
    gone = single[5]["external_id"]
    assert gone not in {row["id"] for row in _built(run, "sft")}
    diff = json.loads(winnow("diff", "sums", "--json", cwd=run).stdout)["datasets"]
    assert diff["preference"]["came"]["reviewed"] >= 1
    assert diff["sft"]["went"] == {"reviewed": 1}


def _chosen(run: Path) -> set[str]:
    return {row["id"].split("-")[0] for row in _built(run, "preference")}


def _built(run: Path, kind: str) -> list[dict[str, Any]]:
    return pl.read_parquet(run / f"runs/sums/datasets/{kind}/*.parquet").to_dicts()


def _rebuild(run: Path, reviews: dict[str, Any]) -> None:
    text = (run / "recipe.yaml").read_text()
    (run / "recipe.yaml").write_text(text.replace("build:\n", f"build:\n  reviews: {json.dumps(reviews)}\n"))
    done = winnow("build", "sums", "--recipe", "recipe.yaml", cwd=run)
    assert done.returncode == 0, done.stderr


def _json(run: Path, argilla: ArgillaServer, *more: str) -> str:
    done = winnow("review", "pull", "sums", "--json", *more, cwd=run, env=argilla.env)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_missing_is_told(run: Path, argilla: ArgillaServer) -> None:
    def fails(*more: str, env: dict[str, str] | None = None, verb: str = "push") -> str:
        done = winnow("review", verb, "sums", *more, cwd=run, env={**argilla.env, **(env or {})})
        assert done.returncode == 3, done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    eve = argilla.annotator("eve")
    assert "does not take the key" in fails(env={"ARGILLA_API_KEY": "none"})
    assert "no Argilla answers" in fails(env={"ARGILLA_API_URL": "http://127.0.0.1:9"})
    assert "no workspace 'else'" in fails("--workspace", "else")
    assert "has not the rights" in fails("--dataset", "rights", env={"ARGILLA_API_KEY": eve.api_key})
    assert "no dataset never-sft" in fails("--dataset", "never", verb="pull")
    told = review("push", run, argilla, "--dataset", "new", "--workspace", "else", "--create-workspace")
    assert "in workspace else" in told


def test_more_while_people_work(run: Path, argilla: ArgillaServer) -> None:
    assert "3 records added" in review("push", run, argilla, "--dataset", "grows", "--records", "3")
    before = by_id(argilla, "grows-sft")
    zoe = argilla.annotator("zoe")
    for record in before.values():
        argilla.respond(zoe, record["id"], "submitted", answers(right="yes"))
    assert "5 records added" in review("push", run, argilla, "--dataset", "grows")
    after = by_id(argilla, "grows-sft")
    assert len(after) == 8
    assert {one: after[one]["id"] for one in before} == {one: told["id"] for one, told in before.items()}
    assert all(len(after[one]["responses"]) == 1 for one in before)


def _waits(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_a_server_that_dies(tmp_path: Path, argilla: ArgillaServer) -> None:
    """Killed while the dataset is made, between requests and within them: the same command goes on."""
    write_sums(
        tmp_path, count=700, n=2, build={"sft": {}}, publish={"argilla": {"dataset": "dies", "records": 700}}
    )
    assert winnow("run", "recipe.yaml", cwd=tmp_path).returncode == 0
    fields, records = argilla.count("fields"), argilla.count("records")
    moments: list[Callable[[], bool]] = [
        lambda: argilla.count("fields") > fields,
        lambda: argilla.count("records") > records,
        lambda: argilla.count("records") > records + 250,
    ]
    for moment in moments:
        pushing = start("review", "push", "sums", cwd=tmp_path, env={**os.environ, **argilla.env})
        _waits(moment)
        argilla.kill()
        assert pushing.wait(120) == 3
        argilla.start()
    assert records < argilla.count("records") < records + 700
    review("push", tmp_path, argilla)
    assert len(by_id(argilla, "dies-sft")) == 700
    assert "0 records added" in review("push", tmp_path, argilla)

    max_ = argilla.annotator("max")
    some = argilla.records("dies-sft")[:40]
    for record in some:
        argilla.respond(max_, record["id"], "submitted", answers(right="yes"))
    pulling = start("review", "pull", "sums", cwd=tmp_path, env={**os.environ, **argilla.env})
    time.sleep(1.2)  # about when it reads, on two cores
    argilla.kill()
    assert pulling.wait(120) in (0, 3)
    argilla.start()
    review("pull", tmp_path, argilla)
    assert rows(tmp_path).filter(pl.col("first_right")).height == 40
    assert Ledger(tmp_path / "runs/sums/ledger").height("reviews") == 40
