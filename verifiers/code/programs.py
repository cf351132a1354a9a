"""Programs that read standard input: compiled where they must be, and run once an input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from winnow.verifiers.code.languages import Toolchain, missing
from winnow.verifiers.code.sandbox.box import Finished, Limits, Sandbox, SandboxError, Session
from winnow.verifiers.verdict import cut

_COMPILER_SECONDS = 20
_COMPILER_MEMORY = 1024**3

ENDED = {
    "cpu": "it took too much CPU time",
    "asleep": "it hung",
    "memory": "it used more memory than it may",
    "output": "it printed more than it may",
}


class DoesNotCompile(Exception):
    """The program is none; the message is the compiler's."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a program: what it printed, and why that counts for nothing, if it does."""

    output: bytes
    failure: str


@dataclass(frozen=True, slots=True)
class Programs:
    """Runs programs of one language; `limits` hold for each run."""

    box: Sandbox
    limits: Limits
    toolchain: Toolchain | None

    def run(self, code: str, inputs: Sequence[bytes]) -> list[Run]:
        """Run the program on each input, one after another. Once it is beyond a limit it is not run any more.

        Raises:
            DoesNotCompile: it is no program.
            SandboxError: the sandbox failed, or lacks the toolchain.
        """
        tool = self.toolchain
        limits = replace(self.limits, total=self.limits.seconds * len(inputs) + _COMPILER_SECONDS)
        if tool is None:
            with self.box.session(limits, program=code) as session:
                return _runs(inputs, lambda given: session.run(given=given))
        if tool.compile:
            limits = replace(limits, memory=max(limits.memory, _COMPILER_MEMORY))
        with self.box.session(limits, files={tool.file: code}) as session:
            if tool.compile:
                _compile(session, tool.compile)
            return _runs(inputs, lambda given: self._ran(session, tool.run, given))

    def _ran(self, session: Session, command: tuple[str, ...], given: bytes) -> Finished:
        ended = session.run(command, given, memory=self.limits.memory)
        if lacking := missing(command, ended):
            raise SandboxError(lacking)
        return ended


def _runs(inputs: Sequence[bytes], run: Callable[[bytes], Finished]) -> list[Run]:
    runs: list[Run] = []
    for place, given in enumerate(inputs):
        ended = run(given)
        runs.append(Run(ended.output, _failure(ended)))
        if ended.why:
            return runs + [Run(b"", runs[-1].failure)] * (len(inputs) - place - 1)
    return runs


def _compile(session: Session, command: tuple[str, ...]) -> None:
    ended = session.run(command, seconds=_COMPILER_SECONDS)
    if lacking := missing(command, ended):
        raise SandboxError(lacking)
    if failure := _failure(ended):
        raise DoesNotCompile(failure)


def _failure(ended: Finished) -> str:
    if not ended.why and not ended.code:
        return ""
    if ended.why:
        return ENDED.get(ended.why, ended.why)
    how = f"killed by signal {-ended.code}" if ended.code < 0 else f"exit code {ended.code}"
    said = [line for line in ended.error.strip().splitlines() if line.strip()]
    telling = next((line for line in said if "error" in line.lower()), said[-1] if said else "")
    return f"{how}: {cut(telling.strip(), 120)}" if telling else how
