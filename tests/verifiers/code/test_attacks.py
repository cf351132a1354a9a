"""No hostile program gets a pass that it did not earn, reads or reaches what is ours, or hurts the next."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.attacks import ATTACKS, CHECK, HONEST

from winnow.verifiers.code.sandbox.box import Judged, Limits, sandbox

BOX = sandbox()
SUITE = {"hidden": [CHECK], "entry_point": "solve"}
LIMITS = Limits(seconds=1, asleep=3.0, memory=256 * 1024**2, disk=16 * 1024**2)


def judged(program: str) -> Judged:
    return BOX.judge(program, SUITE, LIMITS)


def passes(found: Judged) -> bool:
    return "1" in found.hidden and "0" not in found.hidden and not (found.why or found.trouble)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str, socket.socket]]:
    """A file that is not to be read, what it says, and a server that is not to be reached."""
    secret = secrets.token_hex(16)
    file = tmp_path_factory.mktemp("secrets") / f"secret-{secrets.token_hex(4)}"
    file.write_text(secret)
    file.chmod(0o644)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.01)
        yield file, secret, server


def test_there_are_many() -> None:
    assert len(ATTACKS) >= 100


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_nothing(name: str, planted: tuple[Path, str, socket.socket]) -> None:
    file, secret, server = planted
    program = ATTACKS[name].replace("SECRET", str(file)).replace("PORT", str(server.getsockname()[1]))
    assert passes(judged(HONEST))
    idle, began = _below(os.getpid()), time.process_time()
    found = judged(program)
    assert not passes(found), found
    assert not found.trouble, "a hostile program is no trouble of ours"
    assert found.why, "a verdict says why"
    assert secret not in found.why and "planted" not in found.why and "root:" not in found.why
    with pytest.raises(TimeoutError):
        server.accept()
    assert time.process_time() - began < 1, "it kept us busy"
    assert passes(judged(HONEST)), "the next one is hurt"
    assert len(_below(os.getpid())) <= len(idle), "it outlived its check"


def _below(pid: int | str) -> set[str]:
    """Every process that descends from this one."""
    found: set[str] = set()
    for folder in Path(f"/proc/{pid}/task").iterdir():
        try:
            children = (folder / "children").read_text().split()
        except OSError:
            continue
        found |= {*children}.union(*map(_below, children)) if children else set()
    return found
