"""`python -m winnow.verifiers.worker`: judges batches for a pool, in a process that may be killed.

It ends when its standard input does, and with its parent, whatever it is doing then.
"""

from __future__ import annotations

import importlib
import json
import os
import pickle
import resource
import signal
import sys
import time
from typing import Any, BinaryIO

from winnow.verifiers.parent import die_with_parent
from winnow.verifiers.registry import SpecError, Verifier, load
from winnow.verifiers.verdict import Verdict
from winnow.verifiers.wire import DONE, LENGTH, Progress, framed, verdicts_to_json

_FLUSH = 0.1  # seconds: what was judged longer ago than this was told


def main(parent: int, progress: Progress) -> None:
    """Serve the pool in process `parent` until there is nothing more to read."""
    _leave_with(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    down, up = _private_pipes()
    try:
        setup = _receive(down)
        if setup is None:
            return
        verifier = _set_up(setup)
    except Exception as broken:  # noqa: BLE001 - the parent tells the user
        _send(up, json.dumps({"error": str(broken) or type(broken).__name__}).encode())
        return
    _send(up, json.dumps({"ready": verifier.fingerprint}).encode())
    # From here on what a verifier prints goes nowhere: it may be a megabyte of terminal escapes.
    _silence(2)
    while (batch := _receive(down)) is not None:
        _judge(verifier, batch, progress, up)


def _judge(verifier: Verifier, batch: Any, progress: Progress, up: int) -> None:
    pickled, places, completions = batch
    references: dict[int, Any] = {}
    verdicts: list[Verdict] = []
    told = time.monotonic()
    for index, (place, completion) in enumerate(zip(places, completions, strict=True)):
        progress.set(index)
        try:
            if place not in references:
                references[place] = pickle.loads(pickled[place])  # noqa: S301 - the parent wrote it
            verdict = verifier(references[place], completion)
        except Exception as broken:  # noqa: BLE001 - a reference that cannot be rebuilt here
            verdict = Verdict.error(f"the reference cannot be read: {type(broken).__name__}: {broken}")
        verdicts.append(verdict)
        if verdicts and time.monotonic() - told > _FLUSH:
            _send(up, verdicts_to_json(verdicts))
            verdicts, told = [], time.monotonic()
    progress.set(DONE)
    if verdicts:
        _send(up, verdicts_to_json(verdicts))


def _set_up(setup: dict[str, Any]) -> Verifier:
    """Import the verifiers that are not winnow's own, limit memory, and build the verifier."""
    lacking = []
    for module in setup["modules"]:
        try:
            importlib.import_module(module)
        except ImportError as broken:
            lacking.append(f"; {module} cannot be imported here: {broken}")
    try:
        verifier = load(setup["spec"])
        verifier.prepare()
    except SpecError as unknown:
        raise SpecError(f"{unknown}{''.join(lacking)}") from None
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = setup["memory"] if hard == resource.RLIM_INFINITY else min(setup["memory"], hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    return verifier


def _leave_with(parent: int) -> None:
    """Be killed when the parent ends, however it ends (Linux; elsewhere a worker notices when it is idle)."""
    die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we could ask
        sys.exit(1)


def _private_pipes() -> tuple[BinaryIO, int]:
    """The pool's pipes on descriptors that no verifier's `print` or child process can reach."""
    down, up = os.fdopen(os.dup(0), "rb"), os.dup(1)
    _silence(0)
    os.dup2(2, 1)
    return down, up


def _silence(descriptor: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, descriptor)
    if descriptor == 2:
        os.dup2(nothing, 1)
    os.close(nothing)


def _receive(down: BinaryIO) -> Any:
    header = down.read(LENGTH.size)
    if len(header) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(header)
    content = down.read(length)
    return pickle.loads(content) if len(content) == length else None  # noqa: S301 - the parent wrote it


def _send(up: int, content: bytes) -> None:
    left = memoryview(framed(content))
    while left:
        left = left[os.write(up, left) :]


if __name__ == "__main__":
    main(int(sys.argv[1]), Progress(int(sys.argv[2])))
