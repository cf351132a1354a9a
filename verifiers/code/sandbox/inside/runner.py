"""Runs programs one after another on given input, and hands over what they print.

It is process 1 of its check. What a program left running is dead before the next one starts.
"""

from __future__ import annotations

import atexit
import io
import json
import os
import select
import signal
import socket
import sys
import traceback
import types
from contextlib import suppress
from pathlib import Path
from typing import Any

from .frames import Closed, receive, send
from .jail import SCRATCH, limit_use
from .kernel import set_dumpable

_CHANNEL = 3
_PIECE = 1 << 16
_KEPT_ERROR = 2048  # bytes of standard error that are kept: so many of its beginning and of its end
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": SCRATCH,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
}


def run(asked: dict[str, Any]) -> None:
    """Be the runner: write `asked["files"]`, then run what descriptor 3 asks for until it is closed.

    A request is JSON (`argv`, or null for the Python program `asked["program"]`; `output`, the bytes that it
    may print; `seconds` of CPU time and `memory` that each process may take) and a frame of input; the
    answer JSON (`code`, `cpu` in seconds, `why` it was ended, `error`) and a frame of output.
    """
    set_dumpable(False)
    channel = socket.socket(fileno=_CHANNEL)
    for name, content in asked.get("files", {}).items():
        place = Path(SCRATCH, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(content, encoding="utf-8", errors="surrogateescape")
    program = asked.get("program")
    with suppress(Closed):
        while True:
            request, given = json.loads(receive(channel)), receive(channel)
            answer, output = _run(request, given, program, channel.fileno())
            send(channel, json.dumps(answer).encode())
            send(channel, output)


def _run(request: dict[str, Any], given: bytes, program: str | None, channel: int) -> tuple[Any, bytes]:
    source = os.memfd_create("input")
    os.write(source, given) if len(given) < _PIECE else _write_all(source, given)
    os.lseek(source, 0, os.SEEK_SET)
    out, out_end = os.pipe()
    err, err_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(channel)
            os.setsid()
            for place, one in enumerate((source, out_end, err_end)):
                os.dup2(one, place)
            os.closerange(3, _PIECE)
            limit_use(request["seconds"], request["memory"], request["address_space"])
            _become(request["argv"], program)
        finally:
            os._exit(127)
    for one in (source, out_end, err_end):
        os.close(one)
    try:
        return _see_out(pid, out, err, request["output"], request["seconds"])
    finally:
        os.close(out)
        os.close(err)


def _see_out(pid: int, out: int, err: int, most: int, seconds: float) -> tuple[dict[str, Any], bytes]:
    handle = os.pidfd_open(pid)
    printed, errors, why = bytearray(), bytearray(), ""
    waiting = {handle, out, err}
    while handle in waiting and not why:
        ready, _, _ = select.select(waiting, [], [])
        for one in ready:
            if one == handle or not _take(one, printed if one == out else errors):
                waiting.discard(one)
        del errors[_KEPT_ERROR:-_KEPT_ERROR]
        if len(printed) > most:
            why = "output"
    os.close(handle)
    _kill_all(pid)
    _, status, used = os.wait4(pid, 0)
    _reap()
    while not why and _take(out, printed):  # nobody holds the other end any more
        why = "output" if len(printed) > most else ""
    while _take(err, errors):
        del errors[_KEPT_ERROR:-_KEPT_ERROR]
    cpu = used.ru_utime + used.ru_stime
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL and not why and cpu >= seconds - 0.5:
        why = "cpu"
    answer = {"code": code, "cpu": cpu, "why": why, "error": errors.decode("utf-8", "replace")}
    return answer, bytes(printed[:most])


def _take(source: int, into: bytearray) -> bool:
    piece = os.read(source, _PIECE)
    into += piece
    return bool(piece)


def _kill_all(pid: int) -> None:
    with suppress(OSError):
        if os.getpid() == 1:
            os.kill(-1, signal.SIGKILL)
        else:  # no namespace of our own: what left the session of the program is beyond our reach
            os.killpg(pid, signal.SIGKILL)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.getpid() == 1:
            os.waitpid(-1, 0)


def _write_all(target: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(target, left) :]


def _become(argv: list[str] | None, program: str | None) -> None:
    """Be the program, to the end of this process."""
    for one in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(one, signal.SIG_DFL)
    if argv is not None:
        try:
            os.execvpe(argv[0], argv, _ENVIRONMENT)
        except OSError as failed:
            os.write(2, f"{argv[0]}: {failed.strerror}".encode())
            os._exit(127)
    os._exit(_run_python(program or ""))


def _run_python(program: str) -> int:
    sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0, closefd=False)), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)), encoding="utf-8", errors="backslashreplace"
    )
    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    sys.argv = ["solution.py"]
    code = 0
    try:
        exec(compile(program, "solution.py", "exec", dont_inherit=True), vars(module))
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
    except BaseException:
        traceback.print_exc()
        code = 1
    with suppress(BaseException):
        if threading := sys.modules.get("threading"):  # imported early it would slow down every fork
            threading._shutdown()  # as the interpreter does: wait for threads
        atexit._run_exitfuncs()
    with suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
    return code & 0xFF
