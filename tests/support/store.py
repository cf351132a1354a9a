"""A real S3 server, SeaweedFS, started once for all tests; and a proxy before it that misbehaves.

Every bucket user here is a plain one: it may read, write and list, and makes no buckets.
"""

from __future__ import annotations

import atexit
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

BUCKET = "winnow"
SECRET = "a-secret-that-nobody-may-see"
_WEED = Path(sys.executable).with_name("weed")
_PORTS = tuple(f"{part}.port{kind}" for part in ("s3", "master", "volume", "filer") for kind in ("", ".grpc"))
_numbers = count()


def environment(endpoint: str, key: str = "key-of-a-writer", secret: str = SECRET) -> dict[str, str]:
    """What a user exports to reach a server."""
    return {"AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}


def place() -> str:
    """A URL that no other test uses."""
    return f"s3://{BUCKET}/{os.getpid()}-{next(_numbers)}"


@contextmanager
def reached(endpoint: str | None = None, **told: str) -> Iterator[str]:
    """The server, reached by the environment; a place in it."""
    with patch.dict(os.environ, environment(endpoint or server(), **told)):
        yield place()


@cache
def server() -> str:
    """The URL of the server, which ends with this process."""
    while (url := _started()) is None:  # somebody else took one of its ports
        pass
    return url


def _started() -> str | None:
    """A server's URL; None where it ended, since a port was not free any more."""
    folder = Path(tempfile.mkdtemp(prefix="weed-"))
    ports = _free_ports(len(_PORTS))
    every = ["Read", "Write", "List", "Tagging"]
    (folder / "s3.json").write_text(
        json.dumps(
            {
                "identities": [
                    _identity("key-of-the-maker", [*every, "Admin"]),
                    _identity("key-of-a-writer", every),
                    _identity("key-of-a-reader", ["Read", "List"]),
                ]
            }
        )
    )
    (folder / "data").mkdir()
    flags = {
        "ip": "127.0.0.1",
        "ip.bind": "127.0.0.1",
        "dir": folder / "data",
        "s3.config": folder / "s3.json",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 16,
        **dict(zip(_PORTS, ports, strict=True)),
    }
    told = [f"-{name}={value}" for name, value in flags.items()]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            # Whoever kills the tests kills it, too.
            ["setpriv", "--pdeathsig", "KILL", _WEED, "server", "-filer", "-s3", *told],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    atexit.register(_end, process, folder)
    url = f"http://127.0.0.1:{ports[0]}"
    return url if _is_ready(process, url, folder / "log") else None


def _identity(name: str, actions: list[str]) -> dict[str, Any]:
    return {"name": name, "credentials": [{"accessKey": name, "secretKey": SECRET}], "actions": actions}


def _free_ports(number: int) -> list[int]:
    with_ports = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [one.getsockname()[1] for one in with_ports]
    for one in with_ports:
        one.close()
    return ports


def _is_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> bool:
    """Wait until the server takes an object, which makes the bucket; False where a port was taken."""
    from winnow.steps.errors import MissingError
    from winnow.steps.storage import patience
    from winnow.steps.storage.bucket import Bucket

    deadline = time.monotonic() + 120
    with (
        patch.dict(os.environ, environment(url, "key-of-the-maker")),
        patch.object(patience, "PATIENCE", 0.5),
    ):
        while True:
            if process.poll() is not None:
                assert "address already in use" in (said := log.read_text()), said
                return False
            try:
                Bucket(f"s3://{BUCKET}/tests").put("ready", b"")
                return True
            except MissingError:
                if time.monotonic() > deadline:
                    raise


def _end(process: subprocess.Popen[bytes], folder: Path) -> None:
    process.kill()
    process.wait()
    shutil.rmtree(folder, ignore_errors=True)


_BUSY = b"<Error><Code>SlowDown</Code></Error>"
Fault = Callable[[str, str], str]
"""By method and path: nothing; `busy` (503), `broken` (500), `lost` (done, and the answer never comes),
`slow` (late), `gone` (the connection is closed)."""


class Proxy:
    """Stands before the server, and does to requests what `fault` says."""

    def __init__(self) -> None:
        self.fault: Fault = lambda method, path: ""
        self.seen: list[tuple[str, str, str]] = []  # method, path, fault

    def __enter__(self) -> Proxy:
        target = server().removeprefix("http://")
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fault = proxy.fault(self.command, self.path)
                proxy.seen.append((self.command, self.path, fault))
                if fault in ("busy", "broken"):
                    self._answer(503 if fault == "busy" else 500, [], _BUSY)
                    return
                if fault == "gone":
                    self.close_connection = True
                    return
                if fault == "slow":
                    time.sleep(0.2)
                upstream = http.client.HTTPConnection(target, timeout=120)
                try:
                    upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
                    for name, value in self.headers.items():
                        upstream.putheader(name, value)
                    upstream.endheaders(body)
                    answer = upstream.getresponse()
                    content = answer.read()
                finally:
                    upstream.close()
                if fault == "lost":
                    self.close_connection = True
                    return
                self._answer(answer.status, answer.getheaders(), content)

            def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
                self.send_response_only(status)
                told = {name.lower(): value for name, value in headers}
                length = told.pop("content-length", str(len(content)))
                told.pop("transfer-encoding", None)
                for name, value in told.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", length if self.command == "HEAD" else str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _pass  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self._http = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._http.shutdown()
            self._http.server_close()
