"""Two builds compared: every cause of a row that came or went is told, by what the ledger says."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.builds import sft_row, write_build
from support.command import winnow
from support.ledgers import FINGERPRINT, SAMPLING, VERIFIER, problem_of
from support.recipes import write_sums
from support.rewards import rows_of

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import DROPPED, Build, build_datasets
from winnow.steps.build.place import PREVIOUS
from winnow.steps.build.reading import Built, find_built, read_built
from winnow.steps.errors import UsageError
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import completion_row, event_row, now, problem_row, verdict_row
from winnow.steps.ledger.view import BACK, LEFT
from winnow.steps.mix.mix import Part, mix_builds
from winnow.steps.records import Candidate, Choice
from winnow.steps.report.changes import Change, changes
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.verifiers import Verdict

RULES = {"sft": {"per_problem": 1, "rank_by": ["-length"]}}


class Run:
    """A run whose ledger and builds are made step by step."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ledger = folder, Ledger(folder / "ledger")
        (folder / "manifest.json").write_text("{}")

    def asked(self, at: int, passing: Sequence[str], start: int = 0, verifier: str = FINGERPRINT) -> None:
        """Problem `at` with these answers, which pass."""
        problem, rows = problem_of(at), []
        for index, text in enumerate(passing, start):
            one = Candidate(SAMPLING.key(problem.id, index), index, Choice(text))
            rows.append((completion_row(problem.id, one, SAMPLING, "r", now()), one.id))
        known = {"problems": [problem_row(problem, "r")], "completions": [row for row, _ in rows]}
        self.ledger.commit(known if not start else {"completions": known["completions"]})
        for _, one_id in rows:
            self.judged(at, one_id, Verdict.passed(), verifier)

    def judged(self, at: int, completion: str, verdict: Verdict, verifier: str = FINGERPRINT) -> None:
        row = verdict_row(problem_of(at).id, completion, verdict, VERIFIER, verifier, "r", now())
        self.ledger.commit({"verdicts": [row]})

    def said(self, kind: str, at: int) -> None:
        self.ledger.commit({"events": [event_row(kind, problem_of(at).id, {}, str(now()))]})

    def build(self, verifier: str = FINGERPRINT, scoring: Scoring | None = None, **rules: Any) -> Build:
        config = BuildConfig.model_validate({**RULES, **rules})
        return build_datasets(self.ledger, verifier, config, self.folder, scoring=scoring)

    @property
    def built(self) -> Built:
        return read_built(self.folder / "datasets", owner=self.folder)

    def changed(self) -> Change:
        before = self.built.previous
        assert before is not None
        return changes(before, self.built)["sft"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with the problems 0 to 2, each with the answers `one` and `another`, of which `one` is a row."""
    made = Run(tmp_path)
    for at in range(3):
        made.asked(at, ["one", "another"])
    made.build()
    return made


def test_problems_come_leave_and_come_back(run: Run) -> None:
    run.asked(3, ["one"])
    run.said(LEFT, 0)
    run.build()
    change = run.changed()
    assert change.same == 2
    assert change.came == {"problem new in the source": 1}
    assert change.went == {"problem left the source": 1}
    run.said(BACK, 0)
    run.build()
    assert run.changed().came == {"problem new in the source": 1}


def test_what_was_sampled_since_outranks(run: Run) -> None:
    run.asked(0, ["1"], start=2)
    run.build()
    change = run.changed()
    assert (change.same, change.came, change.went) == (
        2,
        {"newly sampled": 1},
        {"outranked, still eligible": 1},
    )


def test_another_aggregate_of_the_same_rewards(run: Run) -> None:
    """The last step says `one`, the least `another`."""
    key = partial(SAMPLING.key, problem_of(0).id)
    told = [(key(0), Reward(steps=(0.1, 0.9))), (key(1), Reward(steps=(0.5, 0.8)))]
    run.ledger.commit({"rewards": rows_of(problem_of(0).id, told)})
    ranked = {"sft": {"per_problem": 1, "rank_by": ["reward"]}}
    run.build(scoring=Scoring((Member("s", "last"),)), **ranked)
    run.build(scoring=Scoring((Member("s", "min"),)), **ranked)
    change = run.changed()
    assert (change.same, change.came, change.went) == (
        2,
        {"rule of the recipe changed": 1},
        {"rule of the recipe changed": 1},
    )


def test_a_verdict_changes_and_the_next_moves_up(run: Run) -> None:
    run.judged(0, SAMPLING.key(problem_of(0).id, 0), Verdict.failed("after all"))
    run.judged(1, SAMPLING.key(problem_of(1).id, 0), Verdict.error("broke"))
    run.build()
    change = run.changed()
    assert change.went == {"verdict changed": 2}
    assert change.came == {"moved up in rank": 2}


def test_another_verifier_judges(run: Run) -> None:
    for at in range(3):
        for index in range(2):
            verdict = Verdict.failed("no") if (at, index) == (0, 0) else Verdict.passed()
            run.judged(at, SAMPLING.key(problem_of(at).id, index), verdict, "another")
    run.build("another")
    change = run.changed()
    assert (change.same, change.went) == (2, {"judged anew by another verifier": 1})


def test_rules_of_the_recipe_change(run: Run) -> None:
    run.build(sft={"per_problem": 2, "rank_by": ["-length"]})
    assert run.changed().came == {"rule of the recipe changed": 3}
    run.build()
    assert run.changed().went == {"rule of the recipe changed": 3}


def test_rows_move_between_splits(run: Run) -> None:
    run.build(splits={"test": 0.99})
    change = run.changed()
    assert change.moved["train to test"] + change.same == 3
    assert change.moved
    assert not change.came
    assert not change.went


def test_rows_are_cleaned_by_rule(run: Run) -> None:
    """Two rows are gone, and the build says of the problem of one, and of the answer of the other, why."""
    told = pl.read_parquet(run.built.build.folder / "sft/*.parquet")
    run.build(sft={"per_problem": 2, "rank_by": ["-length"]})
    folder = run.built.build.folder
    (file,) = (folder / "sft").glob("*.parquet")
    rows = pl.read_parquet(file)
    gone = (pl.col("problem_id") == told["problem_id"][0]) | (pl.col("id") == told["id"][1])
    rows.filter(~gone).write_parquet(file)
    schema = pl.read_parquet_schema(folder / DROPPED)
    why = {
        "rule": ["pii", "refusal", "other"],
        "problem": [told["problem_id"][0], "?", told["problem_id"][2]],
        "completion": [None, told["id"][1], None],
        "dataset": [None, None, "preference"],
    }
    nothing = [None, None, None]
    pl.DataFrame({name: why.get(name, nothing) for name in schema}, schema=dict(schema)).write_parquet(
        folder / DROPPED
    )
    assert run.changed().went == {"cleaned: pii": 1, "cleaned: refusal": 1}


def test_a_copy_tells_the_same_causes(run: Run, tmp_path: Path) -> None:
    """`cp -r` gives every file the time of the copy: what a build knew is no matter of its files."""
    run.asked(0, ["1"], start=2)
    run.said(LEFT, 1)
    run.judged(2, SAMPLING.key(problem_of(2).id, 0), Verdict.failed("after all"))
    run.build()
    told = run.changed()
    assert (told.came, told.went) == (
        {"newly sampled": 1, "moved up in rank": 1},
        {"outranked, still eligible": 1, "problem left the source": 1, "verdict changed": 1},
    )
    copy = tmp_path / "copy"
    shutil.copytree(run.folder, copy, symlinks=True, copy_function=shutil.copyfile)
    assert Run(copy).changed() == told
    for manifest in copy.glob("builds/*/manifest.json"):
        os.utime(manifest, (0, 0))
    assert Run(copy).changed() == told


def test_a_build_that_does_not_say_what_it_knew(run: Run) -> None:
    run.asked(3, ["one"])
    run.build()
    manifest = run.built.build.folder / "manifest.json"
    whole = json.loads(manifest.read_text())
    for told in (None, {}, {"known_until": 7}, {"known_until": "now"}):
        manifest.write_text(json.dumps({**whole, "made_by": told}))
        with pytest.raises(UsageError, match=r"expected a time in `made_by.known_until`"):
            run.changed()


def test_two_runs(run: Run, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Run(tmp_path / "other")
    other.asked(1, ["one"])
    other.asked(2, ["!", "one"])
    other.asked(7, ["one"])
    other.build()
    change = changes(run.built, other.built)["sft"]
    assert change.same == 2  # the same question, engine, parameters and place have the same key
    assert change.came == {"problem new in the source": 1}
    assert change.went == {"problem left the source": 1}


def test_mixes_tell_the_run(tmp_path: Path) -> None:
    def made(name: str, *ats: int) -> Built:
        (tmp_path / name).mkdir(exist_ok=True)
        return write_build(tmp_path / name, {"sft": {"train": [[sft_row(at) for at in ats]]}})

    first = made("one", 0, 1)
    mix_builds([Part(first)], tmp_path / "mix")
    mix_builds([Part(made("one", 1)), Part(made("two", 2))], tmp_path / "mix")
    mix = find_built(str(tmp_path / "mix"))
    assert mix.previous is not None
    found = changes(first, mix)["sft"]
    assert (found.same, found.came, found.went) == (1, {"run added": 1}, {"by its run or weight": 1})
    assert changes(mix, first)["sft"].went == {"run left": 1}
    last = changes(mix.previous, mix)["sft"]
    assert (last.came, last.went) == ({"run added": 1}, {"by its run or weight": 1})


def test_the_command(tmp_path: Path) -> None:
    write_sums(tmp_path, count=2, n=2)
    assert winnow("run", "recipe.yaml", "--set", "sample.n=1", cwd=tmp_path).returncode == 0
    lone = winnow("diff", "sums", cwd=tmp_path)
    assert (lone.returncode, "no build before this one" in lone.stderr) == (2, True)
    assert winnow("run", "recipe.yaml", "--set", "sample.n=2", cwd=tmp_path).returncode == 0
    shown = winnow("diff", "sums", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "newly sampled" in shown.stdout
    assert "2 rows changed" in shown.stdout
    found = json.loads(winnow("diff", "sums", "--json", cwd=tmp_path).stdout)["datasets"]["preference"]
    assert (found["same"], found["came"], found["went"]) == (0, {"newly sampled": 2}, {})
    pairs = pl.read_parquet(tmp_path / "runs/sums/datasets/preference/*.parquet")
    assert sorted(pairs["id"]) == found["examples"]["came: newly sampled"]
    turned = winnow("diff", "sums", f"runs/sums/{PREVIOUS}", "--json", cwd=tmp_path)
    assert turned.returncode == 0, turned.stderr
    assert json.loads(turned.stdout)["datasets"]["preference"]["went"] == {"not sampled there": 2}
