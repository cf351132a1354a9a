"""Start Argilla's server on 127.0.0.1: this process becomes it, so there is nobody who could be orphaned."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import NoReturn

from winnow.steps.errors import MissingError
from winnow.steps.review.server.environment import make, python, ready

_BOOT = "import sys; sys.path.append({root!r}); from inside.server import main; main({home!r}, {listening})"


def serve(home: Path, environment: Path, port: int) -> NoReturn:
    """Become Argilla's server, with its data in `home`; it says when it is ready. Port 0 is any free one.

    Raises:
        MissingError: the port is taken, the home folder cannot be written, or there is no environment and
            none can be made.
    """
    bound = _bound(port)
    if not ready(environment):
        print(f"installing Argilla's server into {environment}: a minute or two", flush=True)  # noqa: T201
        make(environment)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MissingError(f"{home}: the server's data cannot be kept there: {error.strerror}") from None
    bound.set_inheritable(True)
    root = str(Path(__file__).parent)
    boot = _BOOT.format(root=root, home=str(home.absolute()), listening=bound.fileno())
    command = [str(python(environment)), "-I", "-c", boot]
    os.execv(command[0], command)


def _bound(port: int) -> socket.socket:
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
        bound.listen()  # two sockets may be bound to a port, but only one may listen
    except OSError as error:
        bound.close()
        why = error.strerror or str(error)
        raise MissingError(f"port {port} of 127.0.0.1: {why}: name another, or --port 0 for any") from None
    return bound
