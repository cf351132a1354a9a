"""Files that sources read: found, opened, and named in errors as the recipe names them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from winnow.steps.errors import MissingError, UsageError
from winnow.steps.secrets import expand
from winnow.steps.source.values import nearest


def locate(written: str) -> Path:
    """The path that a recipe's `path` means: references expanded, relative to the working directory.

    Raises:
        MissingError: nothing is there; the message names the nearest name beside it.
    """
    path = Path(expand(written)).expanduser()
    try:
        if path.exists():
            return path
        folder = path.parent
        if folder.is_dir():
            hint = nearest(path.name, (beside.name for beside in folder.iterdir()))
            raise MissingError(f"{written} is not there{hint or ', nor a name like it'}{_where(path)}")
    except OSError as broken:
        raise MissingError(f"{written} cannot be reached: {broken.strerror}") from None
    raise MissingError(f"{written} is not there, and neither is its folder{_where(path)}")


@contextmanager
def reading(written: str) -> Iterator[IO[bytes]]:
    """Open the file at `written` for reading bytes; a name that ends with `.gz` is decompressed.

    Raises:
        MissingError: it is not there or cannot be read.
        UsageError: it is no file, or no sound gzip.
    """
    path = locate(written)
    must_be_file(path, written)
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            yield cast(IO[bytes], file)
    except (EOFError, gzip.BadGzipFile, zlib.error) as broken:
        raise UsageError(f"{written} is no sound gzip file: {broken}. Compress it again") from None
    except OSError as broken:
        raise MissingError(f"{written} cannot be read: {broken.strerror or broken}") from None


def must_be_file(path: Path, written: str) -> None:
    """Refuse what is no regular file: a source is read more than once, and from its beginning.

    Raises:
        UsageError: it is a folder, a pipe, a device, ...
    """
    if path.is_dir():
        raise UsageError(f"{written} is a folder: expected a file. For a folder of data files: type: hub")
    if not path.is_file():
        raise UsageError(f"{written} is no regular file: a source is read twice, so save it as a file first")


def _where(path: Path) -> str:
    return "" if path.is_absolute() else f" (looked in {Path.cwd()})"
