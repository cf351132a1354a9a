"""The candidate's side: runs its program as the module `solution`, then answers what the judge asks."""

from __future__ import annotations

import linecache
import socket
import sys
import types
from typing import Any

from .codec import dumps
from .compose import FILE, Program, compose
from .exports import Exports, show_all
from .frames import send
from .peer import Peer

MODULE = "solution"
"""What the candidate's module is called, in its own process and for tests that import it."""
_CHANNEL = 3


def run(asked: dict[str, Any]) -> None:
    """Be the candidate: the program is `asked["program"]`, the judge is at the other end of descriptor 3."""
    answer(asked, socket.socket(fileno=_CHANNEL))


def answer(asked: dict[str, Any], channel: socket.socket) -> None:
    """Run the program, then answer the judge at the other end of `channel` until it is gone."""
    exports = Exports(show_all, trusts=True)
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module
    failed: BaseException | None = None
    try:
        execute(compose(asked["program"], asked["prompt"], asked["entry_point"]), module)
    except BaseException as broken:
        failed = broken
    peer = Peer(channel, exports, lambda name: vars(module)[name])
    told = None if failed is None else list(describe(failed))
    send(channel, dumps(["ready", told]))
    if failed is None:
        peer.serve()


def execute(program: Program, module: types.ModuleType) -> None:
    """Run a program in a module. It raises what the program raises."""
    lines = program.source.splitlines(keepends=True)
    linecache.cache[FILE] = (len(program.source), None, lines, FILE)  # for inspect
    exec(program.code, vars(module))


def describe(failed: BaseException) -> tuple[str, str]:
    """An exception as its kind and a line of text, whatever its own methods do."""
    try:
        text = str(failed)
    except BaseException:
        text = ""
    return type(failed).__name__[:100], text[:200]


def said(failed: BaseException) -> str:
    """An exception as one text."""
    kind, text = describe(failed)
    return f"{kind}: {text}" if text else kind
