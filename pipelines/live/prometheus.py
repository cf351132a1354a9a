"""The snapshot in Prometheus' text format: on a port of this machine alone, or in a file.

The format: https://prometheus.io/docs/instrumenting/exposition_formats/ (0.0.4). A file is replaced in one
step, as node_exporter's textfile collector wants it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

from winnow.pipelines.live.heart import View
from winnow.pipelines.live.snapshot import Snapshot
from winnow.pipelines.terminal import err, printable
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.files import check_place, replace_file

_HOST = "127.0.0.1"
_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Family(NamedTuple):
    """A metric: its samples are labels and a value each."""

    name: str
    kind: str
    help: str
    samples: Sequence[tuple[dict[str, str], float | None]]


def families(seen: Snapshot) -> Iterator[Family]:
    """Every metric of a snapshot; a value that is not known is None."""
    problems = {"done": seen.done, "skipped": seen.skipped, "left_out": seen.bad}
    yield Family("problems", "gauge", "Problems by what became of them.", _by("state", problems))
    yield Family("problems_expected", "gauge", "Problems of the source.", [({}, seen.total)])
    yield Family("completions_total", "counter", "Completions that came.", [({}, seen.completions)])
    yield Family("tokens_total", "counter", "Tokens of completions.", [({}, seen.tokens)])
    yield Family("tokens_per_second", "gauge", "Of the last half a minute.", [({}, seen.rate)])
    yield Family("verdicts_total", "counter", "Verdicts by status.", _by("status", seen.verdicts))
    yield Family("unscored_total", "counter", "Completions that the scorer failed on.", [({}, seen.unscored)])
    yield Family("unpaid_total", "counter", "Rewards that no budget paid for.", [({}, seen.unpaid)])
    yield Family("failed_total", "counter", "Completions whose request failed for good.", [({}, seen.failed)])
    yield Family("rows", "gauge", "Rows that the recipe asks for, over all runs.", [({}, seen.rows)])
    yield Family("rows_wanted", "gauge", "Rows that the recipe wants.", [({}, seen.target)])
    yield Family("spent", "gauge", "Money that all runs of the ledger spent.", [({}, seen.spent)])
    yield Family("spent_by_judges", "gauge", "What of it judges took.", [({}, seen.judges)])
    yield Family("spent_projected", "gauge", "Money that they will have spent.", [({}, seen.projected)])
    yield Family("left_seconds", "gauge", "Seconds until the end, as it goes now.", [({}, seen.left)])
    yield Family("batches", "gauge", "Batches that are with a provider.", [({}, seen.batches)])
    waits = {one.at: one for one in seen.waits}
    groups = {at: one.groups for at, one in waits.items()}
    yield Family("groups", "gauge", "Groups on their way, by what they wait for.", _by("at", groups))
    waited = {at: one.seconds for at, one in waits.items()}
    yield Family("waited_seconds_total", "counter", "Seconds of waits, over all groups.", _by("at", waited))
    longest = max((one.seconds for one in seen.longest), default=0.0)
    yield Family("longest_seconds", "gauge", "How long a group is on its way at most.", [({}, longest)])
    for name, kind, told, key in _SERVERS:
        samples = [({"server": one.name}, getattr(one, key)) for one in seen.servers]
        yield Family(f"server_{name}", kind, told, samples)
    yield Family("seen_timestamp_seconds", "gauge", "When all this was so.", [({}, seen.at)])
    yield Family("running", "gauge", "1 until the run ends.", [({}, seen.phase != "ended")])


_SERVERS = (
    ("up", "gauge", "1 where the server answers.", "up"),
    ("in_flight", "gauge", "Completions that it is asked for now.", "in_flight"),
    ("limit", "gauge", "Completions that it may be asked for at once.", "limit"),
    ("tokens_total", "counter", "Tokens of completions.", "tokens"),
    ("tokens_per_second", "gauge", "Of the last half a minute.", "rate"),
    ("request_seconds", "gauge", "What a request took, of the last half a minute.", "usual"),
    ("requests_total", "counter", "Requests, with repetitions.", "requests"),
    ("retries_total", "counter", "Repetitions.", "retries"),
    ("failures_total", "counter", "Requests that were given up.", "failures"),
)


def metrics_of(seen: Snapshot) -> str:
    """The text that Prometheus scrapes."""
    lines = []
    for one in families(seen):
        samples = [(labels, value) for labels, value in one.samples if value is not None]
        if samples:
            lines += [f"# HELP winnow_{one.name} {one.help}", f"# TYPE winnow_{one.name} {one.kind}"]
        for labels, value in samples:
            told = ",".join(f'{key}="{_escaped(text)}"' for key, text in {"run": seen.name, **labels}.items())
            lines.append(f"winnow_{one.name}{{{told}}} {float(value)!r}")
    return "\n".join([*lines, ""])


def metrics_view(where: str) -> View:
    """What `--metrics` asks for: a number is a port, anything else a file.

    Raises:
        UsageError: it is no port.
        MissingError: the port is taken, or the file cannot be written.
    """
    if where.isdecimal():
        if int(where) > 65_535:
            raise UsageError(f"--metrics {where}: a port is at most 65535; a file has a name")
        return Endpoint(int(where))
    if not Path(where).name:
        raise UsageError(f"--metrics {where!r}: expected a port or a file, as in --metrics 9464")
    return MetricsFile(Path(where))


class MetricsFile:
    """Replaced every five seconds. What cannot be written later on is tried again."""

    every = 5.0

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            check_place(path)
        except OSError as broken:
            raise MissingError(f"--metrics {path} cannot be written: {broken.strerror}") from None

    def show(self, snapshot: Snapshot) -> None:
        with suppress(OSError):
            replace_file(self._path, metrics_of(snapshot))

    begin = end = show


class Endpoint:
    """Answers `GET /metrics` on 127.0.0.1, and nobody else's questions."""

    every = 1.0

    def __init__(self, port: int) -> None:
        try:
            self._server = _Server((_HOST, port), _Handler)
        except OSError as taken:
            raise MissingError(
                f"--metrics {port}: port {port} of {_HOST} cannot be had: {taken.strerror}. Name another"
            ) from None

    def begin(self, snapshot: Snapshot) -> None:
        self.show(snapshot)
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        err.print(f"metrics: http://{_HOST}:{self._server.server_port}/metrics")

    def show(self, snapshot: Snapshot) -> None:
        self._server.seen = snapshot

    def end(self, snapshot: Snapshot) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    seen: Snapshot | None = None


class _Handler(BaseHTTPRequestHandler):
    timeout = 10.0

    def do_GET(self) -> None:
        seen = self.server.seen if isinstance(self.server, _Server) else None
        if self.path.partition("?")[0] != "/metrics" or seen is None:
            self.send_error(404)
            return
        body = metrics_of(seen).encode()
        self.send_response(200)
        self.send_header("Content-Type", _TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: stderr is the run's."""


def _by(label: str, values: dict[str, int] | dict[str, float]) -> list[tuple[dict[str, str], float | None]]:
    return [({label: key}, value) for key, value in values.items()]


def _escaped(text: str) -> str:
    r"""A label's value.

    >>> _escaped('a"b\\c\nd')
    'a\\"b\\\\c\\nd'
    """
    return printable(text).replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
