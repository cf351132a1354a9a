"""The environment that Argilla's server lives in, since its libraries are older than ours."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

from winnow.steps.errors import MissingError

# Their versions, and those of all that they bring, are in pins.txt.
_WANTED = ("argilla-server", "fakeredis")
_OURS = ".winnow-argilla"  # nobody else's folder is ever removed
_TOLD = 1500  # characters of pip's last words


def pins() -> Path:
    """The file that says which version of what is installed."""
    return Path(str(resources.files(__package__) / "pins.txt"))


def default_folder() -> Path:
    """Where the environment is made if nobody says where: in the user's cache, one a list of versions."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "winnow" / f"argilla-server-{_key()[:12]}"


def ready(folder: Path) -> bool:
    """Whether the environment is there, whole, and of today's versions."""
    try:
        return (folder / "ready").read_text(encoding="utf-8") == _key()
    except OSError:
        return False


def make(folder: Path) -> None:
    """Make the environment where it is not ready, which takes a minute or two; one process at a time.

    Raises:
        MissingError: it cannot be made, and why.
    """
    from filelock import FileLock

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            if not ready(folder):
                _make(folder)
    except OSError as error:
        raise MissingError(f"{folder}: no environment can be made there: {error.strerror or error}") from None


def python(folder: Path) -> Path:
    """The Python of an environment."""
    return folder / "bin/python"


def _make(folder: Path) -> None:
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _OURS).exists():
            raise MissingError(
                f"{folder}: is no environment of Argilla's server, and not empty: name another"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _OURS).touch()
    _run(sys.executable, "-m", "venv", str(folder))
    quiet = ("--disable-pip-version-check", "-qq", "--no-input")
    _run(str(python(folder)), "-m", "pip", "install", *quiet, "-c", str(pins()), *_WANTED)
    (folder / "ready").write_text(_key(), encoding="utf-8")


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        told = (done.stderr.strip() or done.stdout.strip())[-_TOLD:]
        raise MissingError(f"Argilla's server cannot be installed: {' '.join(command[:4])} ...: {told}")


def _key() -> str:
    return hashlib.sha256(pins().read_bytes() + sys.version.encode()).hexdigest()
