"""A server process of ours: started, heard, and ended."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError

_LOG_LINES = 5


class ServerProcess:
    """`name` is what the messages call it, and its log: `<name>.log` in `log_dir`, or a file that goes with
    it. `patience` is how many seconds it has to end when it is asked to."""

    def __init__(self, name: str, log_dir: Path | None, patience: float = 5.0) -> None:
        self._name, self._log_dir, self._patience = name, log_dir, patience
        self._log: IO[bytes] | None = None
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._process.pid if self._process else None

    async def start(self, command: Sequence[str], env: Mapping[str, str], first: bytes) -> None:
        """Start it, with `first` on its standard input, which stays open as long as it should live.

        Raises:
            MissingError: its log cannot be written.
        """
        self._log = self._open_log()
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, **env},
            start_new_session=True,  # an interrupt from the terminal is for us: we still need its answers
        )
        if self._process.stdin is not None:
            self._process.stdin.write(first)

    async def line(self) -> bytes:
        """The next line that it prints; empty when it has ended."""
        if self._process is None or self._process.stdout is None:
            raise RuntimeError("the server is not started")
        line = await self._process.stdout.readline()
        if not line:
            await self._process.wait()
        return line

    async def stop(self) -> None:
        """End it, if it has not ended."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self._patience)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._log is not None:
            self._log.close()
            self._log = None

    def death(self) -> str | None:
        """How it ended, if it did."""
        code = self._process.returncode if self._process else None
        if code is None:
            return None
        how = f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return f"the {self._name} server {how}{self.last_words()}"

    def last_words(self) -> str:
        """The end of the log, and where all of it is."""
        if self._log is None:
            return ""
        try:
            lines = Path(self._log.name).read_bytes()[-4000:].decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        end = " | ".join([plain(line) for line in lines if line.strip()][-_LOG_LINES:])
        where = f"; its log: {self._log.name}" if self._log_dir else ""
        return f"; the end of its log: {end or 'empty'}{where}"

    def _open_log(self) -> IO[bytes]:
        file = f"{self._name.replace('.', '')}.log"
        if self._log_dir is None:
            return tempfile.NamedTemporaryFile(prefix="winnow-", suffix=f"-{file}")
        try:
            self._log_dir.mkdir(parents=True, exist_ok=True)
            return (self._log_dir / file).open("ab")
        except OSError as error:
            raise MissingError(f"{self._log_dir}: the log cannot be written: {error.strerror}") from None
