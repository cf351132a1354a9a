"""A llama.cpp server in a process of its own: `python -m winnow.steps.engine.llamacpp_server`.

The first line of standard input says what to serve, as JSON; the first line of standard output is the
address. The server ends with its standard input, so that it never outlives whoever started it.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import Any

from winnow.verifiers.parent import die_with_parent

_WARNINGS = 2


def main() -> None:
    """Serve until standard input ends."""
    die_with_parent(signal.SIGKILL)
    told = os.dup(1)
    os.dup2(2, 1)  # whatever llama.cpp prints belongs in the log
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    server = _serve(asked)
    address = str(server.listening_address)
    if not address.startswith("http://127.0.0.1:"):
        sys.exit(f"the server listens on {address}, not on 127.0.0.1 alone")
    os.write(told, json.dumps({"address": address}).encode() + b"\n")
    os.close(told)
    threading.Event().wait()


def _serve(asked: dict[str, Any]) -> Any:
    import xllamacpp

    given = xllamacpp.CommonParams()
    given.model.path = asked["model"]
    given.hostnames = ["127.0.0.1"]
    given.port = 0
    given.api_keys = [asked["api_key"]]
    given.ui = False
    given.endpoint_slots = False
    given.verbosity = _WARNINGS
    given.n_parallel = asked["slots"]
    given.n_ctx = asked["slots"] * asked["context"]
    given.kv_unified = False  # a slot has its own room: a long answer takes nobody else's
    given.cache_ram_mib = 0
    for threads in (given.cpuparams, given.cpuparams_batch):
        threads.n_threads = asked["threads"]
        threads.poll = 0  # an idle thread leaves its core to the verifiers
    return xllamacpp.Server(given)


def _end_with_input() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    main()
