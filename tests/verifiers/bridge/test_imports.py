"""What a function's file imports is part of what it is: found by its syntax alone, wherever it lies."""

from __future__ import annotations

import importlib
import os
import py_compile
import sys
import zipfile
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest

from winnow.verifiers import PoolError, Status, VerifierPool, load
from winnow.verifiers.bridge.imports import code_of

ROOT = """
import json, helpers
from kit import shown, value, also as renamed
from kit.deep import *
from absent import nothing
if False:
    import folder.inner
def right(completion, reference):
    from late import said
    importlib.import_module("called.deep"), __import__(f"{said}"), __import__("")
"""
FILES = {
    "checks.py": ROOT,
    "helpers.py": "import checks, random\nRIGHT = True\n",  # a circle
    "kit/__init__.py": "raise RuntimeError('imported')\n",
    "kit/shown.py": "from . import beside\nfrom .. import beyond\n",
    "kit/beside.py": "def broken(:\n",
    "kit/deep/__init__.py": "__all__ = ['named'] + ['unknown']\n",
    "kit/deep/named.py": "from ..below import x\n",
    "kit/below.py": "x = 1\n",
    "folder/inner.py": "",
    "late.py": "",
    "called/__init__.py": "import_module('.deeper', __package__)\n",
    "called/deep.py": "",
    "called/deeper.py": "",
}
OTHERS = ("random.py", "json/__init__.py", "data.txt", "beyond.py", "kit/other.py", "kit/deep/unasked.py")
RIGHT = "from helpers import RIGHT\n\ndef right(completion, reference):\n    return RIGHT\n"


@pytest.fixture(autouse=True)
def path(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is imported here changes nobody's path."""
    monkeypatch.setattr(sys, "path", [*sys.path])


def written(root: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    importlib.invalidate_caches()  # a folder's time may be the same for two files that are written at once
    return root


def fingerprint(function: str) -> str:
    return load({"type": "python", "function": function}).fingerprint


def test_an_edit_of_what_is_imported_makes_another_verifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(written(tmp_path, FILES))
    before = fingerprint("checks.py:right")
    for name in FILES:
        held = Path(name).read_text()
        Path(name).write_text(held + "# edited")
        assert fingerprint("checks.py:right") != before, name
        Path(name).write_text(held)
    written(tmp_path, dict.fromkeys(OTHERS, "# unrelated"))
    assert fingerprint("checks.py:right") == before
    written(tmp_path, {"absent.py": ""})
    assert fingerprint("checks.py:right") != before


def test_the_same_code_elsewhere_is_the_same_verifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = set()
    for place in ("one", "another/deeper"):
        monkeypatch.chdir(written(tmp_path / place, FILES))
        found.add(fingerprint("checks.py:right"))
        with monkeypatch.context() as there:  # as `python -m` has it
            there.syspath_prepend(str(tmp_path / place))
            found.add(fingerprint("checks.py:right"))
    assert len(found) == 1


def test_a_package_that_is_installed_counts_by_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert code_of("yaml.nodes") == (f"pyyaml {version('PyYAML')}",)  # by the record of its files
    assert code_of("json") == code_of("sys") == ()
    for number in ("1.0", "1.1"):
        site = tmp_path / number / "anywhere"
        record = {f"Mine-{number}.dist-info/RECORD": "mine/__init__.py,,\n", "mine/__init__.py": number}
        record["loose.py"] = ""  # lies there, and no package brought it
        with monkeypatch.context() as there:
            there.syspath_prepend(str(written(site, record)))
            assert code_of("mine.deep") == (f"mine {number}",)
            (site / "mine/__init__.py").write_text("# is as its version says")
            assert code_of("loose")[0].startswith("loose ")
            assert code_of("mine.deep") == (f"mine {number}",)


def test_what_is_installed_to_be_edited_counts_by_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that stays while the source changes says nothing."""
    (tmp_path / "mine.py").write_text("")

    class Finder:
        __module__ = "__editable___mine_1_0_finder"

        @staticmethod
        def find_spec(name: str, path: object, target: object = None) -> object:
            return spec_from_file_location(name, tmp_path / "mine.py") if name == "mine" else None

    assert code_of("mine") == ()
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    before = code_of("mine")
    (tmp_path / "mine.py").write_text("# edited")
    assert len(before) == 1 and code_of("mine") != before


def test_a_module_in_a_folder_that_is_no_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, {"kit/sub/checks.py": "from . import helpers\ndef right(c, r): ...\n", "json.py": ""})
    monkeypatch.syspath_prepend(str(written(tmp_path, {"kit/sub/helpers.py": ""})))
    before = fingerprint("kit.sub.checks:right")
    written(tmp_path, {"kit/sub/helpers.py": "# edited"})
    assert fingerprint("kit.sub.checks:right") != before
    assert len(code_of("json")) == 1  # comes before Python's own on this path


async def test_what_lies_beside_a_file_can_be_imported(tmp_path: Path) -> None:
    """One name is one module in a worker: another of that name is refused, not taken for it."""
    files = {"helpers.py": "RIGHT = True\n", "checks.py": RIGHT, "random.py": "raise RuntimeError\n"}
    one = {"type": "python", "function": f"{written(tmp_path / 'one', files)}/checks.py:right"}
    async with VerifierPool(one, workers=1) as pool:
        assert (await pool.judge([({}, "a")]))[0].status is Status.PASS
    other = {**one, "function": f"{written(tmp_path / 'two', files)}/checks.py:right"}
    with pytest.raises(PoolError, match="imported by that name before: rename one of"):
        await VerifierPool({"type": "all", "of": [one, other]}, workers=1).start()


async def test_an_edit_while_a_pool_is_open_is_never_judged_by(tmp_path: Path) -> None:
    """A worker that is started later would find other code than its verdicts are told to be by."""
    checks = "import os, time\nfrom helpers import RIGHT\n\ndef right(completion, reference):\n"
    ends = "    if completion == 'end':\n        os._exit(1)\n    time.sleep(0.002)\n    return RIGHT\n"
    written(tmp_path, {"checks.py": checks + ends, "helpers.py": "RIGHT = True\n"})
    spec = {"type": "python", "function": f"{tmp_path}/checks.py:right"}
    pool = VerifierPool(spec, workers=2)
    async with pool:
        assert (await pool.judge([({}, "a")]))[0].status is Status.PASS
        written(tmp_path, {"helpers.py": "RIGHT = False  # edited\n"})
        found = await pool.judge([({}, str(place)) for place in range(200)])  # by who had read it before
        assert {one.status for one in found} == {Status.PASS} and not pool._unused
        found = await pool.judge([({}, "end"), ({}, "c")])
        assert [one.status for one in found] == [Status.ERROR] * 2 and "was edited" in found[1].reason
    with pytest.raises(PoolError, match="was edited"):
        await pool.start()
    async with VerifierPool(spec, workers=1) as pool:
        assert (await pool.judge([({}, "c")]))[0].status is Status.FAIL


async def test_an_edit_that_leaves_time_and_size_as_they_were_is_judged_by(tmp_path: Path) -> None:
    """Python would take the bytecode of the code before for its own."""
    spec = {"type": "python", "function": f"{tmp_path}/checks.py:right"}
    for right, status in ((" 1", Status.PASS), (" 0", Status.FAIL), ("-0", Status.FAIL)):
        written(tmp_path, {"checks.py": RIGHT, "helpers.py": f"RIGHT ={right}\n"})
        for name in ("checks", "helpers"):
            os.utime(tmp_path / f"{name}.py", (1, 1))
            if right == " 1":
                py_compile.compile(str(tmp_path / f"{name}.py"))
        async with VerifierPool(spec, workers=1) as pool:
            assert (await pool.judge([({}, "a")]))[0].status is status


async def test_what_is_imported_late_is_what_was_read(tmp_path: Path) -> None:
    late = "def right(completion, reference):\n    from helpers import RIGHT\n    return RIGHT\n"
    specs = []
    for place in ("one", "two"):
        written(tmp_path / place, {"checks.py": late + f"# {place}", "helpers.py": "RIGHT = True\n"})
        specs.append({"type": "python", "function": f"{tmp_path}/{place}/checks.py:right"})
    async with VerifierPool(specs[0], workers=1) as pool:
        written(tmp_path / "one", {"helpers.py": "RIGHT = False\n"})
        verdict = (await pool.judge([({}, "a")]))[0]
        assert verdict.status is Status.ERROR and "was edited" in verdict.reason
    with pytest.raises(PoolError, match="imported by that name before"):  # whoever is asked first
        await VerifierPool({"type": "all", "of": specs}, workers=1).start()


def test_an_archive_counts_by_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for number, text in enumerate(("import gone", "import gone  # edited")):
        path = tmp_path / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("kit/mine.py", text)
            archive.writestr("kit/__init__.py", "")
        with monkeypatch.context() as there:
            there.syspath_prepend(str(path))
            found.add(code_of("kit.mine"))
    assert len(found) == 2 and {len(one) for one in found} == {2}
