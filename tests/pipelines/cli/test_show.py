"""A group in the terminal: all that is known of it, readable anywhere, and safe whatever a model wrote."""

from __future__ import annotations

import json
import re
import unicodedata
from contextlib import chdir, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from support.command import winnow
from support.recipes import replayed, sums, write_jsonl, write_recipe, write_sums

from winnow.pipelines.cli import main
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import event_row, now
from winnow.steps.ledger.view import LEFT

HOSTILE = " ".join(
    (
        "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil\x1b\\link\x9b31m",
        "\u202eesrever\u202c \u2066x\u2069 \u200bzero\u200d \u2028para \rover",
        "日本語" * 40,
        "e" + "\u0301" * 300,
        ":boom: [red]markup[/red] #0 PASS",
        "w" * 5000,
    )
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three sums, each asked four times, and by turns right and wrong."""
    folder = tmp_path_factory.mktemp("show")
    write_sums(folder, count=3, n=4)
    assert winnow("run", "recipe.yaml", cwd=folder).returncode == 0
    return folder


def shown(folder: Path, *arguments: str) -> str:
    """What `winnow show sums` prints, without a process of its own."""
    code, told, _ = asked(folder, *arguments)
    assert code == 0
    return told


def asked(folder: Path, *arguments: str) -> tuple[object, str, str]:
    told, wrong = StringIO(), StringIO()
    with chdir(folder), redirect_stdout(told), redirect_stderr(wrong), pytest.raises(SystemExit) as end:
        main(["show", "sums", *arguments])
    return end.value.code, told.getvalue(), wrong.getvalue()


def test_a_group(run: Path) -> None:
    told = shown(run, "1")
    for part in (
        "What is 1 + 1?",
        "answer: 2",
        "2 pass, 2 fail",
        "#0 PASS",
        "#3 FAIL",
        "extracted: 3",
        "3 is not 2",
    ):
        assert part in told, part
    assert re.search(r"> try 2: it is 2\n", told)
    assert "14 characters" in told and "ended by stop" in told and "temperature" in told
    chosen = re.search(r"#0 PASS\n(.*?)#1", told, re.DOTALL)
    assert chosen and "in preference chosen, sft" in chosen[1]
    rejected = re.search(r"#1 FAIL\n(.*?)#2", told, re.DOTALL)
    assert rejected and "in preference rejected" in rejected[1]


def test_a_group_by_key_and_by_the_beginning_of_it(run: Path) -> None:
    key = re.search(r"key ([0-9a-f]{32})", shown(run, "2"))
    assert key and shown(run, key[1]) == shown(run, key[1][:8]) == shown(run, "2")


def test_some_of_a_group(run: Path) -> None:
    told = shown(run, "1", "--status", "fail")
    assert "#1 FAIL" in told and "#3 FAIL" in told and "#0" not in told
    told = shown(run, "1", "--limit", "1")
    assert "#0 PASS" in told and "#1" not in told and "3 more: see --limit" in told
    assert re.findall(r"#\d", shown(run, "1", "--search", "TRY 2")) == ["#2"]


def test_the_list(run: Path) -> None:
    lines = shown(run).splitlines()
    assert [line.split()[:4] for line in lines[1:4]] == [[str(at), "all", "4", "2"] for at in range(3)]
    assert "What is 1 + 1?" in lines[2] and lines[-1] == "3 problems"
    assert shown(run, "--search", "IS 2 +").splitlines()[1].startswith("2 ")
    assert shown(run, "--unsolved").splitlines()[-1] == "0 problems"
    assert "of which 2 more" in shown(run, "--solved", "--limit", "1")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nope"], "no problem 'nope': there are 3, such as '0', '1', '2'"),
        ([""], "no problem ''"),
        (["1", "--solved"], "--solved and --unsolved are of the list"),
        (["--full"], "name a PROBLEM"),
        (["\x1b[31m"], "no problem '\\x1b[31m'"),
    ],
)
def test_what_is_refused(run: Path, arguments: list[str], told: str) -> None:
    code, out, wrong = asked(run, *arguments)
    assert (code, out) == (2, "")
    assert told in wrong and "Traceback" not in wrong


def test_ids_that_are_near(tmp_path: Path) -> None:
    write_sums(tmp_path)
    rows = [{**row, "id": f"train/{row['id']}"} for row in sums(3)]
    write_jsonl(tmp_path / "problems.jsonl", rows)
    write_jsonl(
        tmp_path / "candidates.jsonl", [{**row, "id": f"train/{row['id']}"} for row in replayed(3, 2)]
    )
    assert winnow("run", "recipe.yaml", "--set", "sample.n=1", cwd=tmp_path).returncode == 0
    assert "near it are 'train/1'" in asked(tmp_path, "trian/1")[2]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A problem with a hostile text in every place, answered hostilely."""
    folder = tmp_path_factory.mktemp("hostile")
    messages = [{"role": "system", "content": HOSTILE}, {"role": "user", "content": HOSTILE}]
    row = {"id": f"evil {HOSTILE[:60]}", "q": messages, "a": HOSTILE, "family": HOSTILE}
    write_jsonl(folder / "problems.jsonl", [row])
    write_jsonl(folder / "candidates.jsonl", [{"id": row["id"], "completions": [HOSTILE, f"no {HOSTILE}"]}])
    source = {
        "type": "jsonl",
        "path": str(folder / "problems.jsonl"),
        "id": "id",
        "prompt": "q",
        "reference": {"answer": "a"},
        "metadata": {"family": "family"},
    }
    sample = {"engine": {"type": "replay", "path": str(folder / "candidates.jsonl")}, "n": 2}
    write_recipe(folder, source=source, sample=sample, verify={"type": "text"}, self_check=0)
    done = winnow("run", "recipe.yaml", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def safe(told: str, width: int) -> None:
    kinds = {unicodedata.category(char) for char in told if char != "\n"}
    assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
    assert "\u0301" * 4 not in told
    assert max(map(cell_len, told.split("\n"))) <= width
    # a model's own `#0 PASS` stands behind a bar
    assert len([line for line in told.splitlines() if line.startswith("#0")]) <= 1


def key_of_it(folder: Path) -> str:
    return str(Ledger(folder / "runs/sums/ledger").scan("problems").collect()["id"][0])


@pytest.mark.parametrize("full", [[], ["--full"]])
def test_nothing_steers_the_terminal(hostile: Path, full: list[str]) -> None:
    told = shown(hostile, key_of_it(hostile), *full)
    safe(told, 80)
    assert ":boom:" in told.replace("\n  > ", "") or not full


def test_nothing_in_the_list_does(hostile: Path) -> None:
    safe(shown(hostile), 80)


@pytest.mark.parametrize(
    ("env", "colour"),
    [
        ({"TERM": "dumb", "COLUMNS": "40"}, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "TERM": "xterm", "COLUMNS": "40"}, True),
    ],
    ids=["dumb and narrow", "no colour", "colour"],
)
def test_whatever_the_terminal(hostile: Path, env: dict[str, str], colour: bool) -> None:
    told = winnow("show", "sums", key_of_it(hostile), cwd=hostile, env=env).stdout
    assert ("\x1b[1;31mFAIL" in told) == colour
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told) if "FORCE_COLOR" in env else told
    assert "FAIL" in plain
    safe(plain, int(env.get("COLUMNS", 80)))


def test_long_texts_are_cut_and_shown_in_full(hostile: Path) -> None:
    problem = key_of_it(hostile)
    assert f"… of {len(HOSTILE):,} characters: --full shows all" in shown(hostile, problem)
    told = shown(hostile, problem, "--full")
    assert "--full shows" not in told
    assert sum(line.count("w") for line in told.splitlines()) >= 5 * 5000


def test_a_problem_that_was_mended(tmp_path: Path) -> None:
    """Of two problems with one id the source has the later one; both are found by their keys."""
    write_sums(tmp_path, count=1, n=2)
    run = ("run", "recipe.yaml", "--set", "sample.n=2", "--set", "self_check=0")
    assert winnow(*run, cwd=tmp_path).returncode == 0
    write_jsonl(tmp_path / "problems.jsonl", [{"id": "0", "q": "What is 0 + 0?", "a": "1"}])
    assert winnow(*run, cwd=tmp_path).returncode == 0
    told = shown(tmp_path, "0")
    assert "answer: 1" in told and "1 pass, 1 fail" in told and "#1 PASS" in told
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    (old,) = {row["id"] for row in ledger.scan("problems").collect().to_dicts() if '"0"' in row["reference"]}
    assert "the source has it no more" in shown(tmp_path, old)


def test_rewards_are_shown(tmp_path: Path) -> None:
    write_sums(tmp_path, count=1, n=2)
    assert winnow("run", "recipe.yaml", "--set", "sample.n=2", cwd=tmp_path).returncode == 0
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    first = ledger.scan("completions").sort("index").collect().to_dicts()[0]
    whole: dict[str, Any] = {
        "reward": 0.25,
        "steps": [0.5, 0.25],
        "reason": "\x1b[1mgood",
        "status": "scored",
    }
    ids = {"id": "r", "completion": first["id"], "problem": first["problem"], "run": "r", "created_at": now()}
    row = {**ids, "scorer": "judge", "version": "1", "fingerprint": "f", **whole}
    names = list(ledger.scan("rewards").collect_schema())
    ledger.commit({"rewards": [tuple(row[name] for name in names)]})
    assert "reward by judge: 0.25, steps 0.5 0.25: �[1mgood" in shown(tmp_path, "0")


def test_before_anything_is_asked(tmp_path: Path) -> None:
    write_sums(tmp_path, count=1, n=2)
    (tmp_path / "runs/sums").mkdir(parents=True)
    told = {"name": "sums", "recipe": _recipe(tmp_path)}
    (tmp_path / "runs/sums/manifest.json").write_text(json.dumps(told))
    assert shown(tmp_path).splitlines()[-1] == "0 problems"
    assert "nothing was asked yet" in asked(tmp_path, "0")[2]


def _recipe(folder: Path) -> Any:
    import yaml

    return yaml.safe_load((folder / "recipe.yaml").read_text())


def test_a_problem_that_left(tmp_path: Path) -> None:
    write_sums(tmp_path, count=2, n=2)
    assert winnow("run", "recipe.yaml", "--set", "sample.n=2", cwd=tmp_path).returncode == 0
    ledger = Ledger(tmp_path / "runs/sums/ledger")
    keys = dict(ledger.scan("problems").select("source_id", "id").collect().iter_rows())
    ledger.commit({"events": [event_row(LEFT, keys["1"], {}, "r")]})
    assert shown(tmp_path).splitlines()[-1] == "1 problem"
    assert "the source has it no more" in shown(tmp_path, "1")
