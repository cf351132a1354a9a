"""Without bubblewrap: namespaces that we make ourselves show and allow as little."""

import secrets
import socket
from pathlib import Path

import pytest
from support.attacks import CHECK, HONEST, files, processes

from winnow.verifiers.code.sandbox.box import Limits, Sandbox, sandbox

BOX = sandbox("namespaces")
SUITE = {"hidden": [CHECK], "entry_point": "solve"}
LIMITS = Limits(seconds=1, asleep=2.0)
ATTACKS = {**files.PROGRAMS, **processes.PROGRAMS}


def ran(program: str) -> str:
    with BOX.session(LIMITS, program=program) as session:
        return session.run().output.decode()


def test_it_is_taken_where_there_is_no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    box = Sandbox()
    assert set(box.judge(HONEST, SUITE, LIMITS).hidden) == {"1"}
    assert box.isolation == "namespaces"
    box.close()


def test_little_is_shown() -> None:
    assert (
        ran("import os; print(os.getuid() != 0, os.listdir('/proc'), os.listdir('/tmp'))") == "True [] []\n"
    )
    assert ran("import os; print(*map(os.path.exists, ['/root/.ssh', '/etc/passwd', '/home']))") == (
        "False False False\n"
    )
    for place in ("/", "/usr", "/dev", "/winnow/inside", "/etc"):
        told = ran(f"try: open({place!r} + '/x', 'w')\nexcept OSError as e: print(e.errno)")
        assert told.strip() in ("30", "13", "2"), place


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_nothing(name: str, tmp_path: Path) -> None:
    secret = secrets.token_hex(16)
    (tmp_path / "secret-of-ours").write_text(secret)
    with socket.create_server(("127.0.0.1", 0)) as server:
        program = ATTACKS[name].replace("SECRET", str(tmp_path / "secret-of-ours"))
        found = BOX.judge(program.replace("PORT", str(server.getsockname()[1])), SUITE, LIMITS)
        server.settimeout(0.01)
        with pytest.raises(TimeoutError):
            server.accept()
    assert "0" in found.hidden or not found.hidden or found.why, found
    assert secret not in found.why and "planted" not in found.why and "root:" not in found.why
    assert set(BOX.judge(HONEST, SUITE, LIMITS).hidden) == {"1"}
