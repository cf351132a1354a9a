"""The shell commands of the pages, and what of them was run.

A test that ran commands of a page says so by `ran`. `python -m support.documented` tells which commands no
test and no step of `.ci/run` ever ran, and ends with 1 if there are any: CI's last step.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "build/ran"
# What cannot be run here: how the command begins, and why. One that no page has is an error, too.
EXCUSED: Mapping[str, str] = {
    "vllm serve Qwen/Qwen2.5-Math-PRM-7B ": "15 GB of weights; test_reward_models.py serves a tiny one so",
}
_PROGRAMS = re.compile(r"\s*(?:\$ )?(winnow|make|pip|python3?|vllm|docker|apt|git) ")


def pages() -> list[str]:
    """Every page, by its path in the repository."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page.relative_to(ROOT).as_posix() for page in found]


def commands(text: str) -> list[str]:
    r"""The lines of a text's shell blocks, without comments; what goes on in the next line is joined.

    >>> commands("```sh\nmake demo  # five minutes\nwinnow export a \\\n  --for trl\n```")
    ['make demo', 'winnow export a --for trl']
    """
    told = "\n".join(re.findall(r"^```(?:sh|bash|shell)\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    lines = re.sub(r"\s*\\\n\s*", " ", told).splitlines()
    return [line for line in (re.sub(r"(^|\s)\s*#\s.*$", "", line).strip() for line in lines) if line]


def of(page: str) -> list[str]:
    """The commands of a page, such as `docs/export.md`, that can be run."""
    found = commands((ROOT / page).read_text(encoding="utf-8"))
    return [line for line in found if not line.startswith(tuple(EXCUSED))]


def ran(page: str, lines: Iterable[str]) -> None:
    """Note that these commands ran as the page has them; one that it does not have is an error."""
    lines = list(lines)
    strange = set(lines) - set(of(page))
    assert not strange, f"{page} has no command {strange.pop()!r}"
    NOTES.mkdir(parents=True, exist_ok=True)
    with (NOTES / f"{page.replace('/', '.')}-{os.getpid()}").open("a", encoding="utf-8") as note:
        note.write("".join(f"{line}\n" for line in lines))


def never_ran() -> list[str]:
    """What nothing ran, with its page; blocks that hide a command; excuses for nothing."""
    steps = set(re.findall(r"^step (make \S+)", (ROOT / ".ci/run").read_text(), re.MULTILINE))
    told, texts = [], {page: (ROOT / page).read_text(encoding="utf-8") for page in pages()}
    for page, text in texts.items():
        done = steps | {line for line in _noted("*") if line.startswith("make ")}
        done |= _noted(f"{page.replace('/', '.')}-*")
        told += [f"{page}: nothing ran `{line}`" for line in of(page) if line not in done]
        told += [f"{page}: `{line}` stands in no shell block" for line in hidden(text)]
    whole = [line for text in texts.values() for line in commands(text)]
    unused = [one for one in EXCUSED if not any(line.startswith(one) for line in whole)]
    return told + [f"no page has `{one}`, which is excused" for one in unused]


def hidden(text: str) -> list[str]:
    r"""Lines that look like commands in blocks that say they are none.

    >>> hidden("```\nwinnow run a.yaml\n```\n```text\nmade by winnow\n```")
    ['winnow run a.yaml']
    """
    blocks = re.findall(r"^```(\w*)[^\n]*\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    other = [told for language, told in blocks if language in ("", "text", "console")]
    return [line for told in other for line in told.splitlines() if _PROGRAMS.match(line)]


def _noted(pattern: str) -> set[str]:
    notes = NOTES.glob(pattern) if NOTES.exists() else ()
    return {line for note in notes for line in note.read_text(encoding="utf-8").splitlines()}


def follow(page: str, given: Mapping[str, Path], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run all commands of a page in one shell, in `folder`, which becomes a fresh clone of the last commit.

    `given` are environments that are there already, by the name that the page gives them: they are linked
    into the clone, and the command that would make them is left out. It ends at the first that fails.
    """
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    for name, there in given.items():
        (folder / name).symlink_to(there)
    lines = of(page)
    kept = [line for line in lines if line not in {f"python3 -m venv {name}" for name in given}]
    script = "set -eo pipefail\n" + "".join(f"echo {_quoted(f'$ {line}')}\n{line}\n" for line in kept)
    env = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        ran(page, lines)
    return done


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def main() -> int:
    missed = never_ran()
    print("\n".join(missed) or "every command of every page ran")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
