"""`winnow audit`: what it prints, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command import winnow
from support.recipes import write_jsonl, write_sums


def line(completion: str, answer: str, *, right: bool) -> dict[str, object]:
    return {"reference": {"answer": answer}, "completion": completion, "label": right}


def test_labels_that_agree(tmp_path: Path) -> None:
    rows = [line("It is 4.", "4", right=True), line("It is 5.", "4", right=False)] * 30
    write_jsonl(tmp_path / "in.jsonl", rows)
    done = winnow("audit", "number", "--input", "in.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "│ right │   30 │    0 │     0 │    0 │" in done.stdout
    assert "│ wrong │    0 │   30 │     0 │    0 │" in done.stdout
    assert "precision       1.0000 (30 of 30; 0.8865 to 1.0000)" in done.stdout
    assert "flips           none" in done.stdout


def test_disagreements_are_shown_with_the_text_around_and_harmless(tmp_path: Path) -> None:
    told = f"{'First we look at it. ' * 30}So it is 41 \x1b[2J\u202e of course, since that is how it is"
    write_jsonl(tmp_path / "in.jsonl", [line(told, "42", right=True), line("42", "42", right=False)])
    done = winnow("audit", "number", "--input", "in.jsonl", "--show", "1", cwd=tmp_path)
    assert done.returncode == 1
    assert "in.jsonl, line 1: right, but number says fail" in done.stdout
    assert "and 1 more" in done.stdout
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_fields_of_other_peoples_files(tmp_path: Path) -> None:
    rows = [{"gt": "4", "code": ["4", "5"], "score": [True, False], "m": {"text": "four: 4", "ok": 1}}]
    write_jsonl(tmp_path / "in.jsonl", rows)
    fields = ["--completion", "code", "--label", "score", "--completion", "m.text", "--label", "m.ok"]
    done = winnow("audit", "number", "--input", "in.jsonl", "--reference", "answer=gt", *fields, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accuracy        1.0000 (3 of 3" in done.stdout


@pytest.mark.parametrize("problems", [["--input", "problems.jsonl", "--reference", "answer=a"], []])
def test_without_labels_golds_pass_and_mutants_fail(tmp_path: Path, problems: list[str]) -> None:
    recipe = write_sums(tmp_path)
    done = winnow("audit", "number" if problems else recipe, *problems, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split("│")[1:4] for line in done.stdout.splitlines() if line.startswith("│")]
    found = {kind.strip(): (must.strip(), int(passed)) for kind, must, passed in lines}
    assert found["gold"] == ("pass", 8)
    assert {found[kind] for kind in ("number", "magnitude", "sign", "another's answer")} == {("fail", 0)}


def test_a_lax_verifier_is_found(tmp_path: Path) -> None:
    recipe = write_sums(tmp_path, verify={"type": "number", "tolerance": 1})
    done = winnow("audit", recipe, cwd=tmp_path)
    assert done.returncode == 1
    assert "problem 1, number: wrong, but number says pass" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["number"], "give --input, or a recipe"),
        (["nmber", "--input", "in.jsonl"], "did you mean 'number'?"),
        (["number", "--input", "in.jsonl", "--reference", "answer"], "expected KEY=FIELD"),
        (["number", "--input", "in.jsonl"], "expected a field 'reference'"),
        (["number", "--input", "none.jsonl"], "none.jsonl is not there"),
        (["number", "--input", "empty.jsonl"], "nothing to audit: no rows"),
        (
            ["word_count", "-p", "max=3", "--input", "in.jsonl", "--reference", "a=a"],
            "'word_count' has no golden answers to try",
        ),
        (["recipe.yaml", "-p", "tolerance=1"], "--param is for a verifier by name"),
        (["number", "--input", "in.jsonl", "--completion", "a", "--completion", "b"], "a --label for each"),
    ],
)
def test_what_cannot_be_audited(tmp_path: Path, arguments: list[str], told: str) -> None:
    write_sums(tmp_path)
    write_jsonl(tmp_path / "in.jsonl", [{"a": "4"}])
    (tmp_path / "empty.jsonl").touch()
    done = winnow("audit", *arguments, cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert told in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("first", [True, False])
def test_labels_of_some_lines_alone_are_refused(tmp_path: Path, first: bool) -> None:
    labelled, bare = line("It is 4.", "4", right=True), {"reference": {"answer": "4"}}
    write_jsonl(tmp_path / "in.jsonl", [labelled, bare] if first else [bare, labelled])
    done = winnow("audit", "number", "--input", "in.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "in.jsonl, line 2" in done.stderr and "lines above have" in done.stderr
