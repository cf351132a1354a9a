"""The forkserver: imports once, then forks a child into fresh namespaces for every check.

It is asked over one socket, one check at a time.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from . import candidate, judge, runner
from .clocks import Clocks
from .frames import Closed, receive_with_descriptors, send
from .jail import enclose, keep_only
from .kernel import FOR_TESTS, NAMESPACES, die_with_parent, fork_into, no_new_privileges, set_dumpable
from .warm import warm
from .watch import see_out

_USUAL = (
    *(
        [
            "abc",
            "array",
            "ast",
            "base64",
            "binascii",
            "bisect",
            "calendar",
            "cmath",
            "collections",
            "contextlib",
            "copy",
            "dataclasses",
        ]
    ),
    *(
        [
            "datetime",
            "decimal",
            "enum",
            "fractions",
            "functools",
            "hashlib",
            "heapq",
            "inspect",
            "io",
            "itertools",
            "json",
            "math",
        ]
    ),
    *(
        [
            "numbers",
            "operator",
            "random",
            "re",
            "statistics",
            "string",
            "textwrap",
            "time",
            "types",
            "typing",
            "unicodedata",
        ]
    ),
)
"""What small programs import: in a child it is there already."""

ROLES: dict[str, Callable[[dict[str, Any]], None]] = {
    "candidate": candidate.run,
    "judge": judge.run,
    "in_process": judge.run_in_process,
    "runner": runner.run,
}


def main(control: int, user: int, isolated: bool, packages: str | None, preload: list[str]) -> None:
    """Serve on the descriptor `control` until nobody asks any more.

    `user` is who to become where we are root; `packages` a folder of packages that may be imported.
    """
    _serve(socket.socket(fileno=control), user, isolated, packages, preload)


def _serve(
    control: socket.socket, user: int, isolated: bool, packages: str | None, preload: list[str]
) -> None:
    if os.getuid() == 0 and user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        set_dumpable(True)  # a change of user takes /proc/self away
    no_new_privileges()
    for which in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_DATA):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (hard, hard))
    sys.path[:1] = []  # ourselves: what we need is imported
    if packages:
        sys.path.append(packages)
    try:
        for name in (*_USUAL, *preload):
            importlib.import_module(name)
    except ImportError as missing:
        send(control, json.dumps({"broken": f"cannot preload: {missing}"}).encode())
        return
    warm()
    nothing = os.open(os.devnull, os.O_RDWR)
    for one in range(3):
        os.dup2(nothing, one)
    os.close(nothing)
    gc.collect()
    gc.freeze()
    send(control, json.dumps({"ready": os.getpid()}).encode())
    namespaces = NAMESPACES if isolated else 0
    with suppress(Closed):
        while True:
            _check(control, namespaces)


def _check(control: socket.socket, namespaces: int) -> None:
    message, descriptors = receive_with_descriptors(control)
    if not descriptors:
        return  # the end of a check that was over already
    asked = json.loads(message)
    judges = asked["role"] == "judge"
    if judges:
        namespaces &= FOR_TESTS
    shared = [descriptors.pop()] if asked["clocks"] else []
    clocks = Clocks(shared[0], int(judges)) if shared else None
    trouble, telling = os.pipe()
    try:
        pid = fork_into(namespaces)
    except OSError as refused:
        _close(*descriptors, *shared, trouble, telling)
        send(control, json.dumps({"broken": str(refused)}).encode())
        return
    if pid == 0:
        _become(asked, descriptors, namespaces, telling)
    _close(*descriptors, telling)
    report = see_out(pid, control, asked["limits"], alone=bool(namespaces), clocks=clocks)
    if broken := os.read(trouble, 4000):
        report = {"broken": broken.decode("utf-8", "replace")}
    _close(*shared, trouble)
    send(control, json.dumps(report).encode())


def _become(asked: dict[str, Any], descriptors: list[int], namespaces: int, telling: int) -> None:
    """Be a check, to the end of this process."""
    try:
        keep_only([*descriptors, telling])
        telling = 3 + len(descriptors)
        try:
            die_with_parent()
            enclose(asked["limits"], namespaces)
        except BaseException as broken:
            # Not one line of a candidate's ran: the trouble is ours.
            os.write(telling, f"{type(broken).__name__}: {broken}".encode()[:4000])
            os._exit(1)
        os.close(telling)
        ROLES[asked["role"]](asked)
        os._exit(0)
    finally:
        os._exit(70)


def _close(*descriptors: int) -> None:
    for one in descriptors:
        os.close(one)
