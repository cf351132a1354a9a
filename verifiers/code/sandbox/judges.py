"""Who judges candidates: a process that stays for the next one where the tests leave nothing behind."""

from __future__ import annotations

import json
import os
import socket
import time
from contextlib import suppress
from typing import Any

from winnow.verifiers.code.sandbox.inside import clocks
from winnow.verifiers.code.sandbox.inside.frames import Closed, TooLong, receive, send
from winnow.verifiers.code.sandbox.limits import Limits
from winnow.verifiers.code.sandbox.zygote import SandboxError, Zygote

_TOLD = 1024**2  # bytes of a judge's word
_FACTOR = 4  # how much longer a judge may compute, and sleep, than a candidate
_TURNS = 256  # what a judge does not give back is given back when it ends


class Judge:
    """One process of a forkserver for judges, which takes one candidate after another."""

    def __init__(self, zygote: Zygote, limits: Limits) -> None:
        """Start it, for candidates with these limits. Raises SandboxError."""
        self.zygote, self.limits = zygote, limits
        # The time of a process is of all its candidates: whoever is its last has still `_FACTOR` times his.
        long = Limits(
            seconds=limits.seconds * (_FACTOR + 1), asleep=limits.asleep * _FACTOR, memory=limits.memory
        )
        self.clocks = clocks.make()
        self._wire, theirs = socket.socketpair()
        try:
            with theirs:
                zygote.ask("judge", {}, long, theirs.fileno(), self.clocks)
        except SandboxError:
            self.drop()
            raise
        self._turns, self._fresh, self._last = 0, True, time.monotonic()

    def fits(self, zygote: Zygote, limits: Limits) -> bool:
        """Whether it may judge one more, with these limits."""
        # One that was idle for longer may have been taken for one that hangs.
        awake = time.monotonic() - self._last < self.limits.asleep
        return self.zygote is zygote and self.limits == limits and self._fresh and awake

    def judge(self, suite: dict[str, Any], candidate: socket.socket) -> dict[str, Any] | None:
        """What the tests found out about the candidate at the other end of the socket; None where the judge
        ended over them. Raises SandboxError."""
        if self._turns:
            self.zygote.next()
        self._turns += 1
        try:
            send(self._wire, json.dumps(suite).encode(), (candidate.fileno(),))
            candidate.close()
            told = json.loads(receive(self._wire, _TOLD))
        except (Closed, TooLong, ValueError):
            return None
        self._fresh = self._turns < _TURNS and told["cpu"] < self.limits.seconds
        self._last = time.monotonic()
        return dict(told)

    def end(self) -> dict[str, Any]:
        """End it. How it ended: see `Zygote.report`. Raises SandboxError."""
        self.drop()
        return self.zygote.report()

    def drop(self) -> None:
        """Let go of it, as one does where its forkserver is gone. Once."""
        os.close(self.clocks)
        with suppress(OSError):
            self._wire.close()
