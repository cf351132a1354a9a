"""Who holds a folder, where the kernel's lock does not tell: on another host, or where there is none."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from winnow.pipelines.hold import LOCK, OWNER, Hold, owner_of
from winnow.steps.errors import LockedError, MissingError
from winnow.verifiers.parent import began

DAY = 86_400.0


def owned(folder: Path, silent: float = 0.0, **owner: Any) -> None:
    """Somebody said that the folder is theirs, and was last heard of so many seconds ago."""
    told = {"pid": os.getpid(), "host": "elsewhere", "since": time.time(), "user": "ada", "token": "x"}
    (folder / OWNER).write_text(json.dumps({**told, **owner}))
    then = time.time() - silent
    os.utime(folder / OWNER, (then, then))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("winnow.pipelines.hold._TAKES", 0.01)


def test_another_host_is_believed_while_it_is_heard_of(tmp_path: Path) -> None:
    owned(tmp_path, silent=40.0)
    with pytest.raises(LockedError, match=r"ada's process \d+ on elsewhere, for 0:00:\d\d.* silent for 60"):
        Hold(tmp_path).__enter__()
    assert json.loads((tmp_path / OWNER).read_text())["host"] == "elsewhere"


@pytest.mark.parametrize("silent", [61.0, DAY, -DAY], ids=["a minute", "a day", "a clock that was set back"])
def test_another_host_that_is_silent_is_succeeded(tmp_path: Path, silent: float) -> None:
    owned(tmp_path, silent)
    with Hold(tmp_path) as hold:
        hold.examine()
        assert json.loads((tmp_path / OWNER).read_text())["host"] == socket.gethostname()
    assert not (tmp_path / OWNER).exists()


def test_a_host_of_our_name_that_is_another(tmp_path: Path) -> None:
    """Many machines are called localhost."""
    owned(tmp_path, host=socket.gethostname(), pid=2**22 + 1, began="another-boot/17")
    with pytest.raises(LockedError):
        Hold(tmp_path).__enter__()


def test_a_container_that_is_called_as_we_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its process ids are not ours: that there is none of that number says nothing."""
    owned(
        tmp_path,
        host=socket.gethostname(),
        pid=2**22 + 1,
        began=began(os.getpid()),
        processes="pid:[1]",
    )
    assert owner_of(tmp_path) is not None
    with Hold(tmp_path):
        pass  # they would have the kernel's lock, which is one for all containers of a host
    owned(tmp_path, host=socket.gethostname(), pid=2**22 + 1, processes="pid:[1]")

    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    with pytest.raises(LockedError, match="silent for 60"):
        Hold(tmp_path).__enter__()


def test_without_locks_of_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process decides, and when it began."""

    def none(*_: Any) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", none)
    here = {"host": socket.gethostname(), "pid": os.getppid(), "began": began(os.getppid())}
    owned(tmp_path, silent=DAY, **here)
    with pytest.raises(LockedError):
        Hold(tmp_path).__enter__()
    owned(tmp_path, **{**here, "began": f"{here['began']}0"})  # its number is another's now
    with Hold(tmp_path), pytest.raises(LockedError):
        Hold(tmp_path).__enter__()
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    owned(tmp_path, host=socket.gethostname(), pid=ended.pid)
    with Hold(tmp_path):
        pass


@pytest.mark.parametrize("how", ["taken over", "removed", "another folder"])
def test_a_folder_that_is_lost(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    called: list[str] = []
    with Hold(folder) as hold:
        hold.on_loss = lambda: called.append(how)
        if how == "taken over":
            owned(folder)
        else:
            folder.rename(tmp_path / "away")
            if how == "another folder":
                folder.mkdir()
        told = {"taken over": "was taken over by ada", "removed": "is gone"}
        with pytest.raises(MissingError, match=told.get(how, how)):
            hold.examine()
        assert called == [how]
    assert how != "taken over" or (folder / OWNER).exists()


def test_an_owners_words_that_are_removed_are_written_again(tmp_path: Path) -> None:
    with Hold(tmp_path) as hold:
        (tmp_path / OWNER).unlink()
        hold.examine()
        assert json.loads((tmp_path / OWNER).read_text())["pid"] == os.getpid()


def test_a_lock_that_outlives_its_owner_for_a_moment(tmp_path: Path) -> None:
    """As where a run is killed just when it starts a worker: that has the lock until it runs."""
    lock = os.open(tmp_path / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    freed = threading.Timer(0.2, os.close, [lock])
    freed.start()
    with Hold(tmp_path) as hold:
        assert owner_of(tmp_path) == hold.owner
    freed.join()


def test_a_folder_that_was_moved_away_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock was opened just before; whoever made the folder anew has another one."""
    run, gone, flock = tmp_path / "run", tmp_path / "gone", fcntl.flock
    run.mkdir()

    def late(opened: int, how: int) -> None:
        if not gone.exists():
            run.rename(gone)
            run.mkdir()
        flock(opened, how)

    monkeypatch.setattr("fcntl.flock", late)
    with Hold(run), (run / LOCK).open() as other, pytest.raises(BlockingIOError):
        flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
