"""Starts of the command that cost little: forks of a process that has imported what is not ours.

Each is a process of its own and runs as `python -m winnow.pipelines.cli` does, from the first import of ours
to the interpreter's last word; only the CPU time in which polars, pyarrow and their like are imported, .7 s,
is paid once. As a program (`python forks.py DESCRIPTOR`) it is the process that is forked.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

MODULE = "winnow.pipelines.cli"
_LIBRARIES = (
    *("aiohttp", "asyncio", "deltalake", "fsspec", "jsonschema", "multiprocessing", "numpy", "orjson"),
    *("pandas", "polars", "pyarrow.parquet", "pydantic", "rapidfuzz.fuzz", "rich.progress", "rich.table"),
    *("typer", "yaml"),
)
_LONGEST = 1 << 18  # bytes of a request


class Fork:
    """A start of the command; `output` and `errors` are open files."""

    def __init__(
        self, arguments: Sequence[str], cwd: Path, output: IO[Any], errors: IO[Any], env: dict[str, str]
    ) -> None:
        self._told, telling = os.pipe()
        request = {"arguments": list(arguments), "cwd": str(cwd), "env": env}
        with Path(os.devnull).open() as nothing:
            given = [nothing.fileno(), output.fileno(), errors.fileno(), telling]
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", given))
            _server().sendmsg([json.dumps(request).encode()], [rights])
        os.close(telling)
        self.returncode: int | None = None
        self.pid = int(self._line())

    def wait(self, seconds: float) -> int | None:
        """Its exit code (negative: a signal), or None where it has not ended after so many seconds."""
        if self.returncode is None and select.select([self._told], [], [], max(0.0, seconds))[0]:
            self.returncode = int(self._line())
            os.close(self._told)
        return self.returncode

    def kill(self) -> None:
        """End it, and see that it has."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        assert self.wait(60) is not None

    def _line(self) -> bytes:
        found = b""
        while not found.endswith(b"\n"):
            if not (piece := os.read(self._told, 1)):
                raise RuntimeError("the process that is forked is gone")
            found += piece
        return found


@lru_cache(1)
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command = [sys.executable, __file__, str(theirs.fileno())]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(_close, ours, process)
    return ours


def _close(ours: socket.socket, process: subprocess.Popen[bytes]) -> None:
    ours.close()
    process.wait(10)


def _serve(asked: socket.socket) -> dict[str, Any] | None:
    """Fork for every request, and tell of each fork its id and how it ended; a fork returns its request."""
    living: dict[int, tuple[int, int]] = {}  # by the descriptor of the process: its id, and whom to tell
    while True:
        ready, _, _ = select.select([asked, *living], [], [])
        for handle in ready:
            if handle is not asked:
                pid, telling = living.pop(handle)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                _tell(telling, code)
                os.close(telling)
                os.close(handle)
        if asked in ready:
            message, descriptors, _, _ = socket.recv_fds(asked, _LONGEST, 4)
            if not message:
                os._exit(0)
            *standard, telling = descriptors
            pid = os.fork()
            if pid == 0:
                for place, one in enumerate(standard):
                    os.dup2(one, place)
                os.closerange(3, max([asked.fileno(), *descriptors, *living]) + 1)
                asked.detach()
                return dict(json.loads(message))
            for one in standard:
                os.close(one)
            living[os.pidfd_open(pid)] = (pid, telling)
            _tell(telling, pid)


def _tell(whom: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
        os.write(whom, b"%d\n" % number)


if __name__ == "__main__":
    for library in _LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()
    request = _serve(socket.socket(fileno=int(sys.argv[1])))
    assert request is not None
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.path[0] = str(Path.cwd())
    sys.argv[1:] = request["arguments"]
    time.tzset()
    runpy.run_module(MODULE, run_name="__main__", alter_sys=True)
