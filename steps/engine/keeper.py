"""Keeps a server that does not watch its parent: `python -m winnow.steps.engine.keeper RECORD COMMAND...`.

It starts the command, and ends it and all of its process group when standard input ends, however whoever
holds the other end was ended. RECORD says who runs, so that after both were killed the next run finds it.
The session is the keeper's: whoever starts it gives it one of its own.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from winnow.verifiers.parent import began, die_with_parent

_PATIENCE = 20.0  # seconds to end in, when asked to


def main(record: str, *command: str) -> None:
    """Run the command until it ends, or standard input does."""
    watched = os.dup(0)
    end = partial(die_with_parent, signal.SIGTERM)
    end()
    # Not an Event: Linux sends the signal again for each of a dying parent's threads, and a handler that
    # interrupts itself while it holds an Event's lock waits for itself for ever.
    asked: SimpleQueue[None] = SimpleQueue()
    signal.signal(signal.SIGTERM, lambda *_: asked.put(None))
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=2, preexec_fn=end)
    if record:
        told = {"pid": child.pid, "group": os.getpgrp(), "began": began(child.pid)}
        Path(record).write_text(json.dumps(told), encoding="utf-8")
    threading.Thread(target=_listen, args=(watched, asked), daemon=True).start()
    threading.Thread(target=_end, args=(child, asked), daemon=True).start()
    code = child.wait()
    if record:
        Path(record).unlink(missing_ok=True)
    for pid in _group():
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    sys.exit(code if code >= 0 else 128 - code)


def end_orphan(record: Path) -> bool:
    """End what the record tells of, if that still runs; whether it did.

    A process that has the number by chance began at another time, and is left alone.
    """
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        pid, group, when = int(told["pid"]), int(told["group"]), told["began"]
    except (OSError, ValueError, KeyError, TypeError):
        return False
    alive = when is not None and began(pid) == when
    if alive:
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(OSError):
                os.killpg(group, number)
            end = time.monotonic() + (_PATIENCE if number == signal.SIGTERM else 5.0)
            while began(pid) == when and time.monotonic() < end:
                time.sleep(0.1)
    record.unlink(missing_ok=True)
    return alive


def _listen(watched: int, asked: SimpleQueue[None]) -> None:
    while os.read(watched, 4096):
        pass
    asked.put(None)


def _end(child: subprocess.Popen[bytes], asked: SimpleQueue[None]) -> None:
    asked.get()
    child.terminate()
    time.sleep(_PATIENCE)
    child.kill()


def _group() -> list[int]:
    """Who else is in our process group: all that the command started, as long as it made none of its own."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == os.getpgrp() and int(folder.name) != os.getpid():
                found.append(int(folder.name))
    return found


if __name__ == "__main__":
    main(*sys.argv[1:])
