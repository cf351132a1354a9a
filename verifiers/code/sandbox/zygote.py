"""A forkserver seen from outside: started, asked for checks one by one, ended."""

from __future__ import annotations

import json
import socket
import subprocess
from typing import Any

from winnow.verifiers.code.sandbox.inside.frames import Closed, receive, send
from winnow.verifiers.code.sandbox.inside.watch import NEXT
from winnow.verifiers.code.sandbox.isolation import Isolation, command
from winnow.verifiers.code.sandbox.limits import Limits
from winnow.verifiers.code.sandbox.view import view

_START = 60.0  # seconds to be ready in
_ENVIRONMENT = {
    "PYTHONHASHSEED": "0",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "HOME": "/tmp",
}


class SandboxError(RuntimeError):
    """The sandbox does not do its work: trouble of ours, never the candidate's."""


class Zygote:
    """One forkserver. It ends with this process, however that ends."""

    def __init__(self, isolation: Isolation, preload: list[str], *, packages: bool) -> None:
        """Raises SandboxError where it does not start; says why."""
        ours, theirs = socket.socketpair()
        self._control = ours
        try:
            arguments = command(isolation, view(packages=packages), theirs.fileno(), preload)
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                env=_ENVIRONMENT,
                start_new_session=True,
            )
        except OSError as missing:
            ours.close()
            raise SandboxError(f"{missing.filename}: {missing.strerror}") from None
        finally:
            theirs.close()
        self._ready()

    def _ready(self) -> None:
        self._control.settimeout(_START)
        try:
            told = json.loads(receive(self._control))
        except Closed:
            self.close()
            said = self._process.stderr.read().decode("utf-8", "replace") if self._process.stderr else ""
            last = said.strip().splitlines()[-1:] or ["it says nothing"]
            raise SandboxError(last[0]) from None
        if "broken" in told:
            self.close()
            raise SandboxError(told["broken"])
        self._control.settimeout(None)

    def ask(
        self, role: str, asked: dict[str, Any], limits: Limits, descriptor: int, clocks: int | None = None
    ) -> None:
        """Begin a check: the child plays `role`, and has the descriptor. `clocks` is the descriptor of those
        that the check has in common with its other side. Raises SandboxError."""
        message = {"role": role, "limits": limits.told(), "clocks": clocks is not None, **asked}
        descriptors = (descriptor,) if clocks is None else (descriptor, clocks)
        try:
            send(self._control, json.dumps(message).encode(), descriptors)
        except Closed:
            raise SandboxError("the forkserver is gone") from None

    def next(self) -> None:
        """The check under way begins something new: count the time that it is asleep from now. Raises
        SandboxError."""
        try:
            send(self._control, NEXT)
        except Closed:
            raise SandboxError("the forkserver is gone") from None

    def end(self) -> None:
        """End the check under way, and all that it started. Raises SandboxError."""
        try:
            send(self._control, b"{}")
        except Closed:
            raise SandboxError("the forkserver is gone") from None

    def report(self) -> dict[str, Any]:
        """How the check ended: see `inside.watch.see_out`. Waits for it.

        Raises:
            SandboxError: it never began.
        """
        try:
            told: dict[str, Any] = json.loads(receive(self._control))
        except Closed:
            raise SandboxError("the forkserver is gone") from None
        if "broken" in told:
            raise SandboxError(told["broken"])
        return told

    def close(self) -> None:
        """End the forkserver, and with it everything in its namespaces."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        return self._process.pid
