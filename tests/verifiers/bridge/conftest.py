"""Functions of a user's, in a file of theirs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

CHECKS = """
import random
from dataclasses import dataclass

print("imported")


@dataclass
class Answer:
    text: str


def even(completion, reference):
    return Answer(completion).text.strip()[-1:] in set("02468")

def share(completion, reference):
    return completion.count("a") / len(completion)

def nothing(completion, reference):
    return None

def told(completion, reference):
    return {"status": "fail", "reason": "because " + reference["why"], "extracted": completion[:3]}

def scored(completion, reference):
    return {"score": 0.5, "reason": "half"}

def raises(completion, reference):
    raise RuntimeError("no luck")

def text(completion, reference):
    return "yes"

def beyond(completion, reference):
    return 3.5

def chance(completion, reference):
    return random.random() < 0.5

def lengths(completions, answer, **columns):
    return [float(len(one) == int(right)) for one, right in zip(completions, answer)]

def fractions(completions):
    return [0.25 for _ in completions]

def absent(completions, **columns):
    return [None]

def chatty(completions, prompts, **columns):
    wanted = {"role": "assistant", "content": "hi"}
    return [10.0 if one == [wanted] else -3.0 for one in completions]

async def later(completions, **columns):
    return [1.0]

def two(completions, **columns):
    return [1.0, 1.0]
"""


@pytest.fixture
def checks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`checks.py` in the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])  # a file's folder joins it where the file is imported
    path = tmp_path / "checks.py"
    path.write_text(CHECKS)
    return path
