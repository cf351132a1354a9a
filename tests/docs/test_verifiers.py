"""The page on verifiers says what is so, and its commands run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from support import documented
from support.command import winnow_afresh
from support.recipes import write_jsonl, write_sums

from winnow.verifiers import load
from winnow.verifiers.catalogue import OWN
from winnow.verifiers.registry import entries

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/verifiers.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
SOLUTIONS = ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification")


def rows() -> dict[str, set[str]]:
    """The table's verifiers, each with its parameters."""
    found = {}
    for line in PAGE.split("## How far")[0].splitlines():
        cells = line.split(" | ")
        if line.startswith("| `"):
            for name in re.findall(r"`(\w+)`", cells[0]):
                found[name] = set(re.findall(r"`(\w+)`", cells[-1]))
    return found


def test_every_verifier_is_told_with_its_parameters() -> None:
    told = rows()
    assert set(told) == set(OWN)
    for name, one in entries().items():
        if name in OWN:
            known = set(one.parameters)
            assert told[name] <= known, name
            assert known - told[name] <= {"entry", "config", "chat"}, (
                name
            )  # given by the source; seldom asked for


COMMANDS = documented.of("docs/verifiers.md")


def test_there_are_commands() -> None:
    assert len(COMMANDS) == 4


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.split()[2])
def test_a_command_runs_on_files_of_that_form(tmp_path: Path, command: str) -> None:
    """The real files are other people's; these have their columns."""
    solved = {
        name: {"is_correct": right, "solution": f"2 + 2 = <<2+2={said}>>{said}\nA: {said}"}
        for name, said, right in zip(SOLUTIONS, (4, 5, 4, 3), (True, False, True, False), strict=True)
    }
    gsm8k = {"question": "2 + 2?", "ground_truth": "2 + 2 = <<2+2=4>>4\nA: 4", **solved}
    write_jsonl(tmp_path / "gsm8k_example_model_solutions.jsonl", [gsm8k])
    cot = {"gt": "\\frac{1}{2}", "code": ["So \\boxed{0.5}.", "So \\boxed{2}."], "score": [True, False]}
    write_jsonl(tmp_path / "qwen_math_cot_100.jsonl", [cot])
    write_jsonl(tmp_path / "math500.jsonl", [{"answer": "\\frac{1}{2}"}, {"answer": "(3, 4)"}])
    write_sums(tmp_path)
    program, *rest = shlex.split(command)
    assert program == "winnow"
    done = winnow_afresh(*rest, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "accuracy        1.0000" in done.stdout
    documented.ran("docs/verifiers.md", [command])


def test_the_function_of_ones_own_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = [text for kind, text in BLOCKS if kind == "python"]
    Path("checks.py").write_text(code[0])
    (told,) = (text for kind, text in BLOCKS if kind == "yaml" and "function:" in text)
    spec = json.loads(
        re.sub(r"(\w+): ", r'"\1": ', told.partition("verify: ")[2]).replace(": python", ': "python"')
    )
    judge = load(spec)
    assert [judge({}, text).status.value for text in ("12", "13")] == ["pass", "fail"]
    kept = dict(entries())
    try:
        exec(code[1], {"__name__": "page"})  # noqa: S102 - the page's own example
        assert load({"type": "divisible", "by": 3})({}, "9").status == "pass"
    finally:
        entries()  # the same mapping
        for name in set(entries()) - set(kept):
            entries().pop(name)  # type: ignore[attr-defined]
