"""What a program in the sandbox can reach: nothing of anybody's."""

import os
import socket
from pathlib import Path

import pytest

from winnow.verifiers.code.sandbox.box import Finished, Limits, sandbox

BOX = sandbox()


def ran(program: str, given: bytes = b"") -> Finished:
    with BOX.session(Limits(seconds=2, asleep=2.0), program=program) as session:
        return session.run(given=given)


def test_a_program_reads_its_input_and_prints() -> None:
    assert ran("print(input()[::-1])", b"abc\n").output == b"cba\n"


def test_no_file_of_ours_can_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("planted")
    for place in (
        secret,
        Path.home() / ".bashrc",
        Path(__file__),
        Path("/etc/passwd"),
        Path("/proc/self/environ"),
    ):
        assert ran(f"import os; print(os.path.exists({str(place)!r}))").output == b"False\n", place


def test_no_environment_comes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "planted")
    found = ran("import os; print(dict(os.environ))").output
    assert b"planted" not in found and b"HF_TOKEN" not in found


def test_no_server_can_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = ran(f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 1)")
    assert found.code == 1 and "Error" in found.error


@pytest.mark.parametrize(
    "call", ["os.listdir('/root/.ssh')", "open('/usr/x', 'w')", "open('/x', 'w')", "os.setuid(0)"]
)
def test_nothing_outside_can_be_changed(call: str) -> None:
    assert ran(f"import os\n{call}").code == 1


@pytest.mark.parametrize(
    "number",
    [101, 141, 144, 165, 272, 321, 435],
    ids=["ptrace", "nice", "scheduler", "mount", "unshare", "bpf", "clone3"],
)
@pytest.mark.skipif(os.uname().machine != "x86_64", reason="numbers of x86-64")
def test_calls_that_nobody_needs_are_refused(number: int) -> None:
    program = f"import ctypes\nc = ctypes.CDLL(None, use_errno=True)\nprint(c.syscall({number}, 0, 0, 0, 0), ctypes.get_errno())"
    found = ran(program).output
    assert found in (b"-1 1\n", b"-1 38\n"), found


def test_what_one_program_leaves_the_next_does_not_find() -> None:
    ran("open('/tmp/left', 'w').write('x'); open('/dev/shm/left', 'w').write('x')")
    assert ran("import os; print(os.listdir('/tmp'))").output == b"[]\n"


def test_what_a_program_starts_dies_with_it() -> None:
    daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(60)\n    os._exit(0)\n"
    with BOX.session(Limits(), files={}, program=daemon + "print(1)") as session:
        assert session.run().output == b"1\n"
        assert session.run(["/bin/sh", "-c", "kill -0 -1; echo $?"]).output == b"1\n"


def test_limits_end_a_program_and_say_which() -> None:
    assert ran("while 1: pass").why == "cpu"
    assert ran("import time; time.sleep(60)").why == "asleep"
    assert ran("while 1: print('x' * 1000)").why == "output"
    assert "MemoryError" in ran("x = 'x' * 10 ** 10").error
    assert (
        "No space left"
        in ran(
            "f = open('/tmp/x', 'wb')\nfor n in range(9):\n    with open(f'/tmp/{n}', 'wb') as f: f.write(b'x' * 10 ** 7)"
        ).error
    )


def test_other_languages_run() -> None:
    with BOX.session(
        Limits(), files={"a.cpp": '#include <cstdio>\nint main(){int a;scanf("%d",&a);printf("%d",a*2);}'}
    ) as session:
        assert session.run(["/usr/bin/g++", "a.cpp", "-o", "a"]).code == 0
        assert session.run(["./a"], b"21").output == b"42"
