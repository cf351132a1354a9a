"""Who holds a run's folder: one process, on whichever host, which says every few seconds that it is there.

Two things keep others out. The kernel's lock (flock) on `lock` is let go when its process ends, however it
ends; file systems that share it among hosts, as NFS does, share it so. Where they do not, `owner.json`
decides: an owner elsewhere is believed as long as it was heard of within a minute, by the clock of the file
system, which all hosts see.
"""

from __future__ import annotations

import errno
import fcntl
import getpass
import json
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from winnow.steps.errors import LockedError, MissingError
from winnow.steps.files import replace_file
from winnow.verifiers.parent import began

OWNER = "owner.json"
LOCK = "lock"
_EVERY = 5.0  # seconds between two signs of life
_SILENT = 60.0  # seconds after which an owner elsewhere is taken for dead
_TAKES = 0.5  # seconds that an owner may take to say who it is
_FREES = 5.0  # seconds in which a lock comes free that nobody claims
_ROOM, _SHARE = 512 * 2**20, 0.02  # bytes, and of a small disk how much: with less left nothing is begun
_HELD = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK)
_NONE = (errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP)  # a file system without such locks


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a folder. `began` and `pid` name one process of a host (`parent.began`), `since`
    is in seconds since 1970, `token` is chance, `processes` names those among which `pid` is a number."""

    pid: int
    host: str
    since: float
    user: str = ""
    began: str | None = None
    token: str = ""
    processes: str = ""

    @property
    def is_here(self) -> bool:
        """Whether it is of this host, since this host was started."""
        boots = {one.partition("/")[0] for one in (self.began, began(os.getpid())) if one}
        return self.host == socket.gethostname() and len(boots) < 2

    @property
    def is_seen(self) -> bool:
        """Whether it is here, and its process is seen from here: containers may be called alike."""
        return self.is_here and self.processes in ("", _processes())

    @property
    def lives(self) -> bool:
        """Of an owner that is seen, whether its process does."""
        try:
            os.kill(self.pid, 0)
        except PermissionError:
            pass  # alive, and somebody else's
        except (OSError, OverflowError):
            return False
        return self.began in (None, began(self.pid))

    @property
    def told(self) -> str:
        """Who it is, and for how long."""
        whose = f"{self.user}'s process" if self.user else "process"
        seconds = max(0, round(time.time() - self.since))
        at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(self.since))
        age = f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"{whose} {self.pid} on {self.host}, for {age} (since {at})"


def read_owner(folder: Path) -> Owner | None:
    """Who says that it holds the folder; None where nobody does, or what stands there cannot be read."""
    try:
        told: dict[str, Any] = json.loads((folder / OWNER).read_text(encoding="utf-8"))
        return Owner(
            int(told["pid"]),
            str(told["host"]),
            float(told.get("since") or 0.0),
            str(told.get("user", "")),
            told.get("began"),
            str(told.get("token", "")),
            str(told.get("processes", "")),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def owner_of(folder: Path) -> Owner | None:
    """Who holds the folder, by what the owner wrote: asking takes no lock from anybody, and writes nothing.

    One that is seen from here must be alive, another heard of within a minute by this host's clock.
    """
    owner = read_owner(folder)
    if owner is None:
        return None
    if owner.is_seen:
        return owner if owner.lives else None
    return owner if _silence(folder, time.time()) < _SILENT else None


class Hold:
    """Holds a folder while its body runs. `lost` says why it is ours no more, once it is not; `on_loss` is
    called then, on another thread."""

    def __init__(self, folder: Path) -> None:
        self.lost = ""
        self.on_loss: Callable[[], object] | None = None
        self._folder = folder
        self._mine = Owner(
            os.getpid(),
            socket.gethostname(),
            time.time(),
            _user(),
            began(os.getpid()),
            processes=_processes(),
        )
        self._lock: int | None = None
        self._place = (0, 0)
        self._heard = time.monotonic()
        self._looking = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="hold", daemon=True)

    @property
    def owner(self) -> Owner:
        """Who holds it: this process."""
        return self._mine

    def lose(self, what: str) -> None:
        """Have it be ours no more, for a reason that is not of the folder: `what` is told."""
        self._lose(what)

    def examine(self) -> None:
        """See that the folder is still ours.

        Raises:
            MissingError: it is not.
        """
        if not self.lost:
            self._look()
        if self.lost:
            raise MissingError(self.lost)

    def __enter__(self) -> Self:
        locked = self._locked()
        try:
            before = read_owner(self._folder)
            elsewhere = before is not None and not before.is_here
            if before is not None and self._is_alive(before, locked):
                raise LockedError(_refusal(self._folder, before))
            self._mine = Owner(**{**asdict(self._mine), "token": secrets.token_hex(8)})
            self._write()
            if elsewhere or not locked:  # another may have taken it at the same moment: the last one has it
                time.sleep(_TAKES)
                if (now := read_owner(self._folder)) is not None and now.token != self._mine.token:
                    raise LockedError(_refusal(self._folder, now))
            self._place = _place(self._folder)
        except BaseException:
            self._unlock()
            raise
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if self._is_mine():
            with suppress(OSError):  # it says who that was; the next one sees that we are gone
                (self._folder / OWNER).unlink()
        self._unlock()

    def _is_mine(self) -> bool:
        owner = read_owner(self._folder)
        return owner is not None and owner.token == self._mine.token

    def _is_alive(self, owner: Owner, locked: bool) -> bool:
        if owner.is_here and locked:
            return False  # a lock of the kernel's outlives nobody
        if owner.is_seen:
            return owner.lives
        return _silence(self._folder, self._now()) < _SILENT

    def _locked(self) -> bool:
        """Take the kernel's lock; False where the file system has none.

        Raises:
            LockedError: another process has it.
        """
        path = self._folder / LOCK
        while True:
            try:
                opened = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            except OSError as broken:
                raise MissingError(_unwritable(self._folder, broken)) from None
            try:
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as broken:
                if broken.errno not in _HELD:
                    os.close(opened)
                    if broken.errno in _NONE:
                        return False
                    raise MissingError(_unwritable(self._folder, broken)) from None
                if not self._comes_free(opened):
                    os.close(opened)
                    raise LockedError(_refusal(self._folder, owner_of(self._folder))) from None
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(opened), path.stat()):
                    self._lock = opened
                    return True
            os.close(opened)  # whoever had it has removed it since, or moved the folder away

    def _comes_free(self, opened: int) -> bool:
        """Take the lock after all, if it comes free while nobody says that he has it.

        Whoever has it may just be saying so, over the words of one that is dead. And one that was killed a
        moment ago may leave it with a child that it was about to start.
        """
        end = time.monotonic() + _FREES
        while owner_of(self._folder) is None and time.monotonic() < end:
            with suppress(OSError):
                fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            time.sleep(0.02)
        return False

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _write(self) -> None:
        try:
            replace_file(self._folder / OWNER, json.dumps(asdict(self._mine)) + "\n")
        except OSError as broken:
            raise MissingError(_unwritable(self._folder, broken)) from None

    def _now(self) -> float:
        """What the clock of the file system says."""
        probe = self._folder / f".{LOCK}.{os.getpid()}"
        try:
            probe.touch()
            now = probe.stat().st_mtime
            probe.unlink()
        except OSError as broken:
            raise MissingError(_unwritable(self._folder, broken)) from None
        return now

    def _beat(self) -> None:
        while not (self._over.wait(_EVERY) or self.lost):
            self._look()

    def _look(self) -> None:
        """See that the folder is ours, and say that we are there."""
        with self._looking:
            try:
                if _place(self._folder) != self._place:
                    self._lose("is another folder now: was its share unmounted?")
                elif self._is_mine():
                    os.utime(self._folder / OWNER)
                    self._heard = time.monotonic()
                    self._see_room()
                elif (owner := read_owner(self._folder)) is not None:
                    self._lose(f"was taken over by {owner.told}")
                else:
                    self._write()
            except FileNotFoundError:
                self._lose("is gone: was it removed, or its share unmounted?")
            except (OSError, MissingError):  # a full disk, a server that does not answer: it may pass
                if time.monotonic() - self._heard > _SILENT / 2:
                    self._lose("could not be written for half a minute")

    def _see_room(self) -> None:
        """Give up while there is room to end in: what is in flight is still kept."""
        disk = shutil.disk_usage(self._folder)
        if disk.free < min(_ROOM, disk.total * _SHARE):
            self._lose(f"is on a disk with {disk.free / 2**20:,.0f} MB left: make room")

    def _lose(self, why: str) -> None:
        if self.lost:
            return
        self.lost = (
            f"the run's folder {self._folder} {why}. What was committed before is whole where it is: mend "
            "that, and run again"
        )
        if (call := self.on_loss) is not None:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                call()


def _unwritable(folder: Path, broken: OSError) -> str:
    return (
        f"the run's folder {folder} cannot be written: {broken.strerror}. "
        "Make room, mend its permissions, or name another with --runs-dir, and run again"
    )


def _refusal(folder: Path, owner: Owner | None) -> str:
    who = owner.told if owner else "it has not said who it is"
    fix = "Wait for it, or end it"
    if owner is not None and not owner.is_seen:
        fix += f". It is taken for dead once it was silent for {_SILENT:.0f} seconds"
    return f"another run holds {folder}: {who}. {fix}"


def _silence(folder: Path, now: float) -> float:
    """Seconds since the owner was heard of. A clock that was set back since counts as much as one that went
    on: a living owner is heard of again in a moment."""
    try:
        return abs(now - (folder / OWNER).stat().st_mtime)
    except OSError:
        return _SILENT


def _place(folder: Path) -> tuple[int, int]:
    found = folder.stat()
    return found.st_dev, found.st_ino


def _processes() -> str:
    """Which process ids are seen from here."""
    try:
        return str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return ""


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""
