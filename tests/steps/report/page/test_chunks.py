"""Data in scripts: whatever the text is, a JavaScript engine reads it as it was, and nothing else happens."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.hostile import HOSTILE

from winnow.steps.errors import MissingError
from winnow.steps.report.page.chunks import Beside, as_json

# Runs each script that it is told of as a browser would, and tells what it handed over, with all globals that
# were not there before.
_ENGINE = """
const { createInterface } = require("node:readline");
const { runInNewContext } = require("node:vm");
createInterface({ input: process.stdin }).on("line", (line) => {
  const taken = [];
  const context = { winnow: { take: (name, value) => taken.push([name, value]) } };
  runInNewContext(JSON.parse(line), context);
  process.stdout.write(JSON.stringify({ taken, globals: Object.keys(context) }) + "\\n");
});
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        ["node", "-e", _ENGINE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    ) as node:
        yield node
        assert node.stdin is not None
        node.stdin.close()


def run(engine: subprocess.Popen[str], script: str) -> dict[str, object]:
    assert engine.stdin is not None and engine.stdout is not None
    engine.stdin.write(json.dumps(script) + "\n")
    engine.stdin.flush()
    found: dict[str, object] = json.loads(engine.stdout.readline())
    return found


texts = st.one_of(st.text(), st.sampled_from(HOSTILE), st.lists(st.sampled_from(HOSTILE)).map("".join))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(texts, st.one_of(texts, st.lists(texts), st.none(), st.booleans()), max_size=4))
def test_what_is_put_is_what_is_taken(
    engine: subprocess.Popen[str], tmp_path: Path, told: dict[str, object]
) -> None:
    told = {f"_{key}": value for key, value in told.items()}  # `__proto__` is none of our keys
    beside = Beside(tmp_path, at_most=0)
    beside.put("0/00000", told)
    script = (tmp_path / "0/00000.js").read_text(encoding="utf-8")
    assert not set("<>&\u2028\u2029") & set(script)
    assert run(engine, script) == {"taken": [["0/00000", told]], "globals": ["winnow"]}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_in_a_page_ends_no_script(text: str) -> None:
    told = as_json([text]).decode()
    assert "<" not in told and json.loads(told) == [text]


def test_a_lone_surrogate_is_cleaned() -> None:
    assert json.loads(as_json({"recipe": "half \ud83d of it"})) == {"recipe": "half \ufffd of it"}


def test_few_data_stay_in_the_page_and_many_go_beside_it(tmp_path: Path) -> None:
    few, many = Beside(tmp_path / "few", at_most=100), Beside(tmp_path / "many", at_most=100)
    few.put("0/00000", "x" * 50)
    assert few.inside == {"0/00000": b'"' + b"x" * 50 + b'"'} and not few.files
    for at in range(3):
        many.put(f"0/{at:05}", "x" * 50)
    assert not many.inside and [path.name for path in many.files] == ["00000.js", "00001.js", "00002.js"]
    assert not (tmp_path / "few").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MissingError, match="cannot be written"):
        Beside(tmp_path / "file", at_most=0).put("0/index", 1)
