"""A run's folder: who holds it."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from winnow.pipelines.folder import RunFolder
from winnow.steps.errors import LockedError, UsageError


def test_a_folder_is_held_by_one(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert not folder.is_held()
    with folder.held():
        assert folder.is_held()
        with pytest.raises(LockedError, match="another run holds"), RunFolder(tmp_path).held():
            pass
        assert folder.is_held()
    assert not folder.is_held()


@pytest.mark.parametrize(
    ("owner", "held"),
    [
        ({"pid": 2**22 + 1, "host": socket.gethostname()}, False),
        ({"pid": 1, "host": socket.gethostname()}, True),
        ({"pid": 2**22 + 1, "host": "elsewhere"}, True),
        ({"pid": "x", "host": socket.gethostname()}, False),
        ({}, False),
        ([], False),
    ],
)
def test_an_owner_on_this_host_must_be_alive(tmp_path: Path, owner: object, held: bool) -> None:
    """A run that was killed leaves its owner's name behind."""
    (tmp_path / "owner.json").write_text(json.dumps(owner))
    assert RunFolder(tmp_path).is_held() == held


def test_a_number_that_another_process_has_now(tmp_path: Path) -> None:
    """A run was killed, and its process id was given to somebody else."""
    folder = RunFolder(tmp_path)
    with folder.held():
        told = json.loads((tmp_path / "owner.json").read_text())
        assert folder.owner() is not None
        (tmp_path / "owner.json").write_text(json.dumps({**told, "began": f"{told['began']}0"}))
        assert folder.owner() is None


@pytest.mark.parametrize("name", ["a%41", "a[1]"])
def test_a_name_that_delta_takes_for_an_address(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="--runs-dir"):
        RunFolder(tmp_path / name).make()


def test_a_recipe_that_is_none_any_more(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.manifest.write_text('{"recipe": {"name": "x", "verify": {"type": "gone"}}}')
    with pytest.raises(UsageError, match=r"manifest\.json: its recipe is not valid here"):
        folder.read_recipe()
