"""Real runs compared by the command: the tables, the recipes, the verifiers, and what is refused."""

from __future__ import annotations

import json
import re
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from shutil import copytree

import pytest
from support.command import winnow
from support.recipes import replayed, sums, write_jsonl, write_recipe

from winnow.pipelines.cli import main

COUNT = 24


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs: `low` is right every second time, `high` always, `strict` as `low` by another verifier."""
    folder = tmp_path_factory.mktemp("compare")
    write_jsonl(folder / "problems.jsonl", sums(COUNT))
    write_jsonl(folder / "low.jsonl", replayed(COUNT, 4))
    right = [{"id": str(at), "completions": [f"take {n}: {2 * at}" for n in range(4)]} for at in range(COUNT)]
    write_jsonl(folder / "high.jsonl", right)
    for name, file, n, verify in (
        ("low", "low", 4, {"type": "number"}),
        ("high", "high", 2, {"type": "number"}),
        ("strict", "low", 2, {"type": "all", "of": [{"type": "number"}, {"type": "word_count", "max": 9}]}),
    ):
        sample = {"engine": {"type": "replay", "path": str(folder / f"{file}.jsonl")}, "n": n}
        write_recipe(folder, name=name, sample=sample, verify=verify)
        done = winnow("run", "recipe.yaml", cwd=folder)
        assert done.returncode == 0, done.stderr
    return folder


def told(folder: Path, *arguments: str) -> tuple[object, str, str]:
    out, err = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as end:
        main(["compare", *arguments])
    return end.value.code, out.getvalue(), err.getvalue()


def test_the_command(runs: Path) -> None:
    code, out, err = told(runs, "low", "high")
    assert (code, err) == (0, "")
    assert "24 problems were asked by both\n" in out
    assert re.search(r"^1 +\.50 +1\.00 +\+\.50 +<\.0001$", out, re.MULTILINE)
    assert "high won 24, lost 0, tied 0" in out
    assert re.search(r"^sample\.engine\.path +…\S*/low\.jsonl\" +…\S*/high\.jsonl\" *$", out, re.MULTILINE)
    assert re.search(r"^sample\.n +4 +2 *$", out, re.MULTILINE)
    assert "high solves more at k=1: +.50, p<.0001 on 24 problems" in out.replace("\n", " ")
    assert max(map(len, out.splitlines())) <= 80


def test_long_names_are_told_apart(runs: Path, tmp_path: Path) -> None:
    """Of folders that are called alike the ends are shown, and nothing is told of one as of the other."""
    names = []
    for run, end in (("low", "warm"), ("high", "hot")):
        names.append(tmp_path / f"a-name-that-is-longer-than-its-column-{end}")
        copytree(runs / "runs" / run, names[-1])
    _, out, _ = told(runs, str(names[0]), str(names[1]))
    heads = next(line for line in out.splitlines() if line.startswith("k "))
    first, second = heads.split()[1:3]
    assert first.endswith("-warm") and second.endswith("-hot") and max(len(first), len(second)) <= 20


def test_tokens_that_nobody_told_are_not_none(runs: Path) -> None:
    bill = json.loads(told(runs, "low", "high", "--json")[1])["comparisons"][0]["bill_first"]
    assert (bill["tokens"], bill["tokens_per_solved"]) == (0, None)


def test_json(runs: Path) -> None:
    _, out, _ = told(runs, "low", "high", "--json", "--by", "family")
    (found,) = json.loads(out)["comparisons"]
    assert [row["k"] for row in found["at_k"]] == [1, 2]
    assert found["recipe"]["sample.n"] == ["4", "2"]
    assert found["by"]["family"][0]["problems"] == COUNT
    assert (found["first"], found["second"], found["own_verifiers"]) == ("low", "high", False)
    assert told(runs, "low", "high", "--json", "--by", "family")[1] == out


def test_different_verifiers_are_refused_or_told(runs: Path) -> None:
    code, out, err = told(runs, "low", "strict")
    assert (code, out) == (2, "")
    assert "strict and low were judged by different verifiers" in err and "winnow verify" in err
    code, out, _ = told(runs, "low", "strict", "--own-verifiers")
    assert code == 0 and "(each judged by its own verifier)" in out.replace("\n", " ")
    assert "verify.of" in out


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["low"], "two runs or more"),
        (["low", "./runs/low"], "a run is named twice"),
        (["low", "nope"], "no run at nope"),
        (["low", "high", "--by", "a'b"], "expected the name of a column"),
    ],
)
def test_what_is_refused(runs: Path, arguments: list[str], why: str) -> None:
    code, out, err = told(runs, *arguments)
    assert (code, out) == (2, "") and why in err and "Traceback" not in err


def test_what_this_verifier_never_judged(runs: Path) -> None:
    """A run whose recipe says another verifier than its ledger knows."""
    path = runs / "runs/high/manifest.json"
    before = path.read_text()
    changed = json.loads(before)
    changed["recipe"]["verify"] = {"type": "number", "tolerance": 0.5}
    path.write_text(json.dumps(changed))
    try:
        code, _, err = told(runs, "low", "high", "--own-verifiers")
    finally:
        path.write_text(before)
    assert code == 2 and "was judged right or wrong" in err
