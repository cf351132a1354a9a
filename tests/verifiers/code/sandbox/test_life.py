"""The forkservers' own life: one that dies is trouble of ours once, and then there is another."""

import os
import shutil
import signal

import pytest
from support.attacks import CHECK, HONEST

from winnow.verifiers.code.sandbox.box import Limits, Sandbox, SandboxError
from winnow.verifiers.registry import load

SUITE = {"hidden": [CHECK], "entry_point": "solve"}


def killed(box: Sandbox, role: str) -> None:
    os.kill(box._zygotes[role].pid, signal.SIGKILL)
    box._zygotes[role]._process.wait()


@pytest.mark.parametrize("role", ["candidate", "judge"])
def test_a_forkserver_that_died_is_replaced(role: str) -> None:
    box = Sandbox()
    assert set(box.judge(HONEST, SUITE, Limits()).hidden) == {"1"}
    killed(box, role)
    assert set(box.judge(HONEST, SUITE, Limits()).hidden) == {"1"}
    box.close()


@pytest.mark.skipif(
    not shutil.which("bwrap"), reason="in namespaces of its own a program outlives its server"
)
def test_one_that_dies_in_a_check_is_trouble_of_ours() -> None:
    box = Sandbox()
    with pytest.raises(SandboxError), box.session(Limits(), program="print(1)") as session:
        killed(box, "candidate")
        session.run()
    with box.session(Limits(), program="print(1)") as session:
        assert session.run().output == b"1\n"
    box.close()


def test_whatever_is_raised_between_two_runs_the_next_check_works() -> None:
    box = Sandbox()
    with pytest.raises(KeyError), box.session(Limits(), program="print(1)") as session:
        session.run()
        raise KeyError
    server = box._zygotes["candidate"].pid
    assert set(box.judge(HONEST, SUITE, Limits()).hidden) == {"1"}
    assert box._zygotes["candidate"].pid == server
    box.close()


def test_without_bubblewrap_it_refuses_and_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("winnow.verifiers.code.sandbox.box._WALLS", ("bubblewrap",))
    with pytest.raises(SandboxError, match=r"apt install bubblewrap.*sandbox: none"):
        Sandbox().start()


def test_a_verifier_says_so_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr("winnow.verifiers.code.sandbox.box._WALLS", ("bubblewrap",))
    monkeypatch.setattr("winnow.verifiers.code.settings.sandbox", lambda *_: Sandbox())
    verdict = load("unit_tests")({"test": "assert f() == 1"}, "def f(): return 1")
    assert verdict.status == "error" and "apt install bubblewrap" in verdict.reason


def test_a_fork_of_ours_has_forkservers_of_its_own() -> None:
    box = Sandbox()
    assert set(box.judge(HONEST, SUITE, Limits()).hidden) == {"1"}
    ours = box._zygotes["candidate"].pid
    child = os.fork()
    if child == 0:
        good = set(box.judge(HONEST, SUITE, Limits()).hidden) == {"1"}
        other = box._zygotes["candidate"].pid != ours
        box.close()
        os._exit(0 if good and other else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert set(box.judge(HONEST, SUITE, Limits()).hidden) == {"1"}
    assert box._zygotes["candidate"].pid == ours
    box.close()
