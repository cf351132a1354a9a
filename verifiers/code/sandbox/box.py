"""The sandbox: two forkservers, one for candidates and one for judges, that never see each other."""

from __future__ import annotations

import atexit
import json
import os
import secrets
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Literal, Self

from winnow.verifiers.code.sandbox.inside.frames import Closed, TooLong, receive, send
from winnow.verifiers.code.sandbox.isolation import Isolation
from winnow.verifiers.code.sandbox.judges import Judge
from winnow.verifiers.code.sandbox.limits import Limits
from winnow.verifiers.code.sandbox.suites import Unfit, suite_of
from winnow.verifiers.code.sandbox.zygote import SandboxError, Zygote

__all__ = ["Finished", "Judged", "Limits", "Sandbox", "SandboxError", "Session", "sandbox"]

_WALLS: tuple[Isolation, ...] = ("bubblewrap", "namespaces")
_TOLD = 1024**2  # bytes of a judge's word


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge found: results test by test, `1` for each that passed.

    `why` is the first failure. `trouble` is of ours or of the tests, and then there is no verdict. `weaker`
    says what the tests took the candidate's word for.
    """

    hidden: str = ""
    public: str = ""
    why: str = ""
    trouble: str = ""
    weaker: str = ""
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: exit `code` (negative: a signal), CPU seconds, what it printed, and the end of
    what it said on standard error; `why` it was ended, where it did not end by itself."""

    code: int
    cpu: float
    output: bytes
    error: str
    why: str = ""


class Sandbox:
    """Runs checks one at a time; a second thread waits. Use `sandbox()`, which keeps one a process."""

    def __init__(self, isolation: Isolation | Literal["auto"] = "auto", preload: Sequence[str] = ()) -> None:
        self._wanted, self._preload = isolation, list(preload)
        self._zygotes: dict[str, Zygote] = {}
        self._judge: Judge | None = None
        self._owner = os.getpid()
        self._lock = threading.Lock()
        self.isolation: Isolation | None = None if isolation == "auto" else isolation

    def judge(self, program: str, tests: Mapping[str, Any], limits: Limits) -> Judged:
        """Run `program` in one process and the tests (see `suites.suite_of`) in another.

        Raises:
            SandboxError: the sandbox failed.
        """
        try:
            suite = suite_of(tests)
        except Unfit as unfit:
            return Judged(trouble=f"the tests: {unfit}")
        with self._check(), _pair() as (left, right):
            candidate = self._zygote("candidate")  # first: no judge waits for it to start
            judge = self._seated(limits)
            candidate.ask("candidate", _whole(program, tests), limits, left.fileno(), judge.clocks)
            left.close()
            ended = None
            try:
                told = judge.judge(suite, right)
                if told is None or suite["traces"]:
                    self._judge = None
                    ended = judge.end()
            finally:
                candidate.end()
                report = candidate.report()
        return _judged(told, report, ended)

    def judge_in_process(self, program: str, tests: Mapping[str, Any], limits: Limits) -> Judged:
        """Run `program` and its tests in one process, which a hostile program can turn to its favour.

        Raises:
            SandboxError: the sandbox failed.
        """
        try:
            suite = suite_of(tests)
        except Unfit as unfit:
            return Judged(trouble=f"the tests: {unfit}")
        token = secrets.token_hex(16)
        asked = {**_whole(program, tests), "tests": suite, "token": token}
        with self._check(), _pair() as (ours, theirs):
            zygote = self._zygote("in_process")
            zygote.ask("in_process", asked, limits, theirs.fileno())
            theirs.close()
            told = _heard(ours)
            if told is not None and told.get("token") != token:
                told = None
            zygote.end()
            report = zygote.report()
        return _judged(told, report, None)

    def session(
        self, limits: Limits, *, program: str | None = None, files: Mapping[str, str] | None = None
    ) -> Session:
        """A check in which programs run one after another: `program` is Python, `files` are written first."""
        return Session(self, limits, {"program": program, "files": dict(files or {})})

    def start(self) -> None:
        """Start what serves candidates, so that the first check need not wait. Raises SandboxError."""
        with self._lock:
            self._zygote("candidate")

    def close(self) -> None:
        """End every forkserver; the next check starts new ones."""
        if self._owner == os.getpid():
            for one in self._zygotes.values():
                one.close()
        self._forget()

    @contextmanager
    def _check(self) -> Iterator[None]:
        """Around a check. One that is left in the middle leaves forkservers that nobody can talk to."""
        with self._lock:
            if self._owner != os.getpid():  # a fork of who started them: they are not ours to talk to
                self._owner = os.getpid()
                self._forget()
            try:
                yield
            except BaseException:
                self.close()
                raise

    def _forget(self) -> None:
        if self._judge is not None:
            self._judge.drop()
        self._judge = None
        self._zygotes.clear()

    def _seated(self, limits: Limits) -> Judge:
        """The judge that has stayed, if it may judge one more; else another."""
        zygote, stayed = self._zygote("judge"), self._judge
        if stayed is None or not stayed.fits(zygote, limits):
            self._judge = None
            if stayed is not None:
                stayed.end() if stayed.zygote is zygote else stayed.drop()
            self._judge = Judge(zygote, limits)
        return self._judge  # type: ignore[return-value]

    def _zygote(self, role: str) -> Zygote:
        if role in self._zygotes and not self._zygotes[role].alive:
            self._zygotes.pop(role).close()
        if role not in self._zygotes:
            # Tests may use what is installed; a candidate only where the recipe preloads some of it.
            packages = role != "candidate" or bool(self._preload)
            if self.isolation is None:
                self.isolation, self._zygotes[role] = _proven(self._preload, packages)
            else:
                self._zygotes[role] = Zygote(self.isolation, self._preload, packages=packages)
        return self._zygotes[role]


class Session:
    """One check of several programs; a context manager. What a program leaves running dies with it, what it
    writes to the temporary folder stays for the next."""

    def __init__(self, box: Sandbox, limits: Limits, asked: dict[str, Any]) -> None:
        self._box, self._limits, self._asked = box, limits, asked
        self._over = ""

    def __enter__(self) -> Self:
        self._stack = ExitStack()
        with ExitStack() as stack:
            stack.enter_context(self._box._check())
            self._zygote = self._box._zygote("candidate")
            self._wire, theirs = socket.socketpair()
            stack.callback(self._wire.close)
            with theirs:
                self._zygote.ask("runner", self._asked, self._limits, theirs.fileno())
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _value: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._stack:
            self._wire.close()
            if not self._over:
                self._zygote.end()
                self._zygote.report()

    def run(
        self,
        argv: Sequence[str] | None = None,
        given: bytes = b"",
        *,
        seconds: int | None = None,
        memory: int | None = None,
    ) -> Finished:
        """Run a command, or the session's Python program, with `given` as its input.

        `seconds` and `memory` are limits of this run, where they are not those of the session.

        Raises:
            SandboxError: the sandbox failed.
        """
        limits = self._limits
        request = {
            "argv": None if argv is None else list(argv),
            "output": limits.output,
            "seconds": seconds or limits.seconds,
            "memory": memory or limits.memory,
            "address_space": limits.address_space,
        }
        if not self._over:
            try:
                self._zygote.next()
                send(self._wire, json.dumps(request).encode())
                send(self._wire, given)
                told = json.loads(receive(self._wire))
                return Finished(told["code"], told["cpu"], receive(self._wire), told["error"], told["why"])
            except Closed:
                report = self._zygote.report()
                self._over = report["why"] or "gone"
        return Finished(-9, 0.0, b"", "", self._over)


def _proven(preload: list[str], packages: bool) -> tuple[Isolation, Zygote]:
    """A forkserver that has made one check in its namespaces: in bubblewrap, else without."""
    found: list[str] = []
    for isolation in _WALLS:
        try:
            return isolation, _tried(Zygote(isolation, preload, packages=packages))
        except SandboxError as failed:
            if "cannot preload" in str(failed):
                raise
            found.append(f"{isolation}: {failed}")
    raise SandboxError(
        f"no sandbox works here ({'; '.join(found)}). On Debian or Ubuntu: apt install bubblewrap. To run "
        "candidates without one, on a machine that may be lost, say `sandbox: none`"
    )


def _tried(zygote: Zygote) -> Zygote:
    with _pair() as (ours, theirs):
        try:
            zygote.ask("runner", {}, Limits(), theirs.fileno())
            theirs.close()
            ours.close()
            zygote.report()
        except SandboxError:
            zygote.close()
            raise
    return zygote


def _whole(program: str, tests: Mapping[str, Any]) -> dict[str, Any]:
    """What a whole program is made of."""
    return {
        "program": program,
        "prompt": tests.get("prompt") or "",
        "entry_point": tests.get("entry_point"),
    }


def _heard(ours: socket.socket) -> dict[str, Any] | None:
    try:
        told = json.loads(receive(ours, _TOLD))
    except (Closed, TooLong, ValueError):
        return None
    return told if isinstance(told, dict) else None


_ENDED = {
    "cpu": "it took too much CPU time",
    "asleep": "it hung",
    "memory": "it used more memory than it may",
    "output": "it printed more than it may",
}


def _judged(told: dict[str, Any] | None, report: dict[str, Any], judge: dict[str, Any] | None) -> Judged:
    cpu = report["cpu"]
    why = report["why"] if report["why"] != "over" else ""
    if told is None and judge is not None and (judge["why"] or judge["code"]):
        return Judged(
            trouble=f"the tests did not end as they should ({judge['why'] or judge['code']})", cpu=cpu
        )
    if told is None:
        return Judged(why=_ended(why, report["code"]), cpu=cpu)
    if "unfit" in told:
        return Judged(trouble=f"the tests: {told['unfit']}", cpu=cpu)
    if "failure" in told:
        kind, text = told["failure"]
        return Judged(why=f"{kind}: {text}" if text else kind, cpu=cpu)
    broken = told.get("broken")
    hidden, public = told.get("hidden", ""), told.get("public", "")
    if broken:
        said = _ended(why, report["code"]) if why or report["why"] != "over" else f"its process: {broken}"
        return Judged(hidden, public, said, cpu=cpu)
    weaker = "objects were compared by its own class" if told.get("own_word") else ""
    return Judged(hidden, public, told["why"], weaker=weaker, cpu=cpu)


def _ended(why: str, code: int) -> str:
    if why:
        return _ENDED.get(why, why)
    return f"it was killed by signal {-code}" if code < 0 else f"it left with exit code {code}"


class _pair:  # noqa: N801 - used like a function
    """Two connected sockets, both closed at the end."""

    def __enter__(self) -> tuple[socket.socket, socket.socket]:
        self._ends = socket.socketpair()
        return self._ends

    def __exit__(self, *_: object) -> None:
        for one in self._ends:
            one.close()


@lru_cache
def sandbox(isolation: Isolation | Literal["auto"] = "auto", preload: tuple[str, ...] = ()) -> Sandbox:
    """The sandbox of this process for these settings; it ends with the process."""
    box = Sandbox(isolation, preload)

    def close() -> None:
        with suppress(Exception):
            box.close()

    atexit.register(close)
    return box
