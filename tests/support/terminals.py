"""A terminal for the real command: a pseudo-terminal, and a screen that understands what rich writes.

The screen knows few sequences, and fails on any other: what a model wrote must not steer it.
"""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from support.command import WINNOW

_SEQUENCE = re.compile(r"\x1b\[(\?25[lh]|\d*A|2K|[\d;]*m)")
_BEGUN = re.compile(r"\x1b(\[[?\d;]*)?$")


class Screen:
    """Lines as a person sees them. `broken` counts lines that were wider than the screen, `cursor` tells
    whether it is shown, `colours` which SGR parameters were used."""

    def __init__(self, columns: int) -> None:
        self.lines = [""]
        self.broken = 0
        self.cursor = True
        self.colours: set[str] = set()
        self._columns = columns
        self._row = self._column = 0
        self._begun = ""

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines)

    def feed(self, text: str) -> None:
        """A piece of what is written, which may end within a sequence."""
        text = self._begun + text
        self._begun = found[0] if (found := _BEGUN.search(text)) else ""
        text, at = text.removesuffix(self._begun), 0
        while at < len(text):
            if text[at] == "\x1b":
                found = _SEQUENCE.match(text, at)
                assert found, f"an unknown sequence: {text[at : at + 20]!r}"
                self._steer(found[1])
                at = found.end()
            else:
                self._put(text[at])
                at += 1

    def _steer(self, told: str) -> None:
        if told.startswith("?25"):
            self.cursor = told.endswith("h")
        elif told.endswith("A"):
            self._row = max(0, self._row - int(told[:-1] or 1))
        elif told == "2K":
            self.lines[self._row] = ""
        else:
            self.colours.update(told[:-1].split(";"))

    def _put(self, char: str) -> None:
        if char == "\r":
            self._column = 0
            return
        if char == "\n":
            self._row, self._column = self._row + 1, 0
            if self._row == len(self.lines):
                self.lines.append("")
            return
        assert char.isprintable(), f"a control character: {char!r}"
        if self._column == self._columns:
            self.broken += 1
            self._put("\n")
        line = self.lines[self._row].ljust(self._column)
        self.lines[self._row] = line[: self._column] + char + line[self._column + 1 :]
        self._column += 1


class Terminal:
    """The command on a pseudo-terminal of its own; `raw` is all that it wrote.

    with Terminal("run", "recipe.yaml", cwd=folder, TERM="xterm") as terminal:
        terminal.wait(lambda: "pass" in terminal.raw)
    """

    def __init__(self, *arguments: str, cwd: Path, columns: int = 80, rows: int = 24, **env: str) -> None:
        self.raw = ""
        self.columns = columns
        self._text = codecs.getincrementaldecoder("utf-8")("replace")
        self._fd, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        kept = {
            key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS", "LINES")
        }
        self.process = subprocess.Popen(
            [*WINNOW, *arguments],
            cwd=cwd,
            env={**kept, **env},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()

    def hang_up(self) -> None:
        """Close our end, as a window does that is closed."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def wait(self, true: Callable[[], bool], seconds: float = 120.0) -> None:
        """Read until it holds."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, f"what the test waits for did not happen: {self.raw[-2000:]!r}"
            self._read()

    def end(self, seconds: float = 120.0) -> int:
        """Read to the end; the exit code."""
        self.wait(lambda: self.process.poll() is not None, seconds)
        while self._read():
            pass
        return self.process.returncode

    def _read(self) -> bool:
        if not select.select([self._fd], [], [], 0.1)[0]:
            return False
        try:
            told = os.read(self._fd, 65536)
        except OSError:  # the other end is closed
            return False
        self.raw += self._text.decode(told)
        return bool(told)

    def screen(self, until: str = "") -> Screen:
        """What is to be seen by now, or was before `until` was written."""
        screen = Screen(self.columns)
        screen.feed(self.raw.partition(until)[0] if until else self.raw)
        return screen
