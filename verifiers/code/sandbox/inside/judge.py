"""The judge's side: runs the tests against a candidate that it cannot be reached by, and tells what passed.

Who asks is at the other end of descriptor 3, which no candidate ever holds; each candidate's socket comes
with the tests that it is to pass.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
import types
from contextlib import suppress
from typing import Any

from .candidate import MODULE, describe, execute
from .codec import loads
from .compose import compose
from .exports import Exports, show_what_is_passed
from .frames import Closed, TooLong, receive, receive_with_descriptors, send
from .harness import TESTS, Solution, Suite, run_tests
from .peer import OPERATIONS, Broken, Peer
from .scripts import Unfit

_CHANNEL = 3
_ASKABLE = frozenset(
    {*("call", "get", "set", "iter", "next", "len", "getitem", "setitem", "has", "bool", "str", "hash", "eq")}
)
_FIRST = 1024  # bytes of the candidate's first message


def run(_asked: dict[str, Any]) -> None:
    """Be the judge of candidates in other processes, one after another, until nobody asks any more.

    A request is a `Suite` as JSON and the candidate's socket; the answer is JSON: what `judged` told, and
    `cpu`, the seconds that this process has taken so far.
    """
    wire = socket.socket(fileno=_CHANNEL)
    with suppress(Closed):
        while True:
            request, (descriptor,) = receive_with_descriptors(wire)
            with socket.socket(fileno=descriptor) as channel:
                told = judged({"tests": json.loads(request)}, channel)
            send(wire, json.dumps(told | {"cpu": time.process_time()}).encode())


def judged(asked: dict[str, Any], channel: socket.socket) -> dict[str, Any]:
    """What the tests find out about the candidate at the other end of `channel`."""
    told: dict[str, Any]
    try:
        failure = _first(channel)
        if failure is not None:
            told = {"failure": failure}
        else:
            exports = Exports(show_what_is_passed(TESTS), trusts=False)
            peer = Peer(channel, exports, may=lambda what, values: _may(exports, what, values))
            sys.modules[MODULE] = Solution(MODULE, lookup := lambda name: peer.ask("name", name))
            told = _told(asked, lookup)
            told |= {"own_word": peer.took_its_word, "broken": peer.broken}
    except Broken as broken:
        told = {"broken": str(broken)}
    except Unfit as unfit:
        told = {"unfit": str(unfit)}
    return told


def run_in_process(asked: dict[str, Any]) -> None:
    """Be candidate and judge in one process: weaker, since the candidate can reach what judges it."""
    dump, write, leave = json.dumps, os.write, os._exit
    result = os.dup(_CHANNEL)
    os.close(_CHANNEL)
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    told: dict[str, Any]
    try:
        execute(compose(asked["program"], asked["prompt"], asked["entry_point"]), module)
    except BaseException as broken:
        told = {"failure": list(describe(broken))}
    else:
        try:
            told = _told(asked, lambda name: vars(module)[name])
        except Unfit as unfit:
            told = {"unfit": str(unfit)}
    told["token"] = asked["token"]
    content = dump(told).encode()
    write(result, len(content).to_bytes(4, "little") + content)
    leave(0)


def _told(asked: dict[str, Any], lookup: Any) -> dict[str, Any]:
    return run_tests(Suite(**asked["tests"]), lookup).told()


def _first(channel: socket.socket) -> list[Any] | None:
    """What went wrong with the candidate's program itself, if anything."""
    try:
        message = loads(receive(channel, _FIRST))
    except (Closed, TooLong, ValueError) as broken:
        raise Broken(str(broken) or "it is gone") from None
    if len(message) != 2 or message[0] != "ready":
        raise Broken("it did not begin as it should")
    failure = message[1]
    if failure is None:
        return None
    return [str(one)[:200] for one in failure] if isinstance(failure, list) else ["Exception", ""]


def _may(exports: Exports, operation: str, values: tuple[Any, ...]) -> bool:
    """What a candidate may ask of what a test passed to it: nothing that leads to the test itself."""
    if operation not in _ASKABLE or operation not in OPERATIONS or not exports.has(values[0]):
        return False
    if operation in ("get", "set"):
        name = values[1]
        shown = type(values[0]).__module__ == TESTS and not isinstance(values[0], type)
        return shown and type(name) is str and not name.startswith("_")
    return True
