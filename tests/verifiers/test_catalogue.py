"""Where verifiers come from: our own modules, and packages with an entry point."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from winnow.verifiers import SpecError, Status, VerifierPool, catalogue, load, names, registry

MODULE = """
from winnow.verifiers import Verdict, verifier

@verifier("divisible")
def divisible(by: int):
    def judge(reference, completion):
        right = int(completion) % by == 0
        return Verdict.passed(extracted=completion) if right else Verdict.failed(f"not divisible by {by}")
    return judge
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An installed package with verifiers: one that works, one that does not import, one called `number`."""
    kept = dict(registry.entries())
    info = tmp_path / "checks_kit-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: checks-kit\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[winnow.verifiers]\ndivisible = checks_kit\nbroken = checks_kit_broken\nnumber = checks_kit_broken\n"
    )
    (tmp_path / "checks_kit.py").write_text(MODULE)
    (tmp_path / "checks_kit_broken.py").write_text("import no_such_library")
    monkeypatch.syspath_prepend(str(tmp_path))
    catalogue._points.cache_clear()
    yield tmp_path
    catalogue._points.cache_clear()
    sys.modules.pop("checks_kit", None)
    registry._ENTRIES.clear()
    registry._ENTRIES.update(kept)


@pytest.mark.usefixtures("package")
async def test_a_packages_verifier_works_in_workers_too() -> None:
    assert {"divisible", "broken"} < set(names())
    assert "checks_kit" not in sys.modules
    async with VerifierPool({"type": "divisible", "by": 3}, workers=1) as pool:
        verdicts = await pool.judge([({}, "9"), ({}, "10")])
    assert [verdict.status for verdict in verdicts] == ["pass", "fail"]


@pytest.mark.usefixtures("package")
def test_a_broken_package_troubles_nobody_else() -> None:
    with pytest.raises(SpecError, match=r"the package 'checks-kit' says .* 'broken', .*no_such_library"):
        load("broken")
    assert load({"type": "divisible", "by": 2})({}, "4").status is Status.PASS
    assert load("number")({"answer": 4}, "4").status is Status.PASS
    assert load("per_problem")({"check": {"type": "divisible", "by": 2}}, "4").status is Status.PASS


def test_nobody_takes_a_name_of_ours() -> None:
    with pytest.raises(SpecError, match="'number' is a verifier of winnow's own"):
        registry.verifier("number")(lambda: lambda reference, completion: None)  # type: ignore[arg-type,return-value]


def test_every_verifier_is_registered_by_the_module_that_the_catalogue_names() -> None:
    found = {
        name: one.factory.__module__ for name, one in registry.entries().items() if name in catalogue.OWN
    }
    assert found == catalogue.OWN
    assert set(catalogue.OWN) <= set(names())


def test_a_verifier_is_loaded_without_the_others() -> None:
    code = (
        "import sys\nfrom winnow.verifiers import load\nload('exact')\n"
        "print([name for name in sys.modules if name.startswith('winnow.verifiers.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "strict" not in done.stdout
    assert "sql" not in done.stdout
