"""How programs of other languages are compiled and run inside the sandbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.code.sandbox.box import Finished
from winnow.verifiers.registry import SpecError
from winnow.verifiers.verdict import cut

NOT_FOUND = 127
_KEYS = ("file", "compile", "run", "fences", "reserves_memory")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """Commands for one language; they run in the folder that holds `file`, which is the program.

    `fences` are the names that blocks of it bear. `reserves_memory`: its engine reserves far more address
    space than it uses, so that memory is limited by what is used.
    """

    file: str
    run: tuple[str, ...]
    compile: tuple[str, ...] = ()
    fences: tuple[str, ...] = ()
    reserves_memory: bool = False


PYTHON = "python"
PYTHON_FENCES = ("python", "py", "python3", "python2", "ipython", "pycon")
TOOLCHAINS = {
    "cpp": Toolchain(
        "solution.cpp",
        ("./solution",),
        ("g++", "-O2", "-std=c++17", "-o", "solution", "solution.cpp"),
        ("cpp", "c++", "cc", "cxx"),
    ),
    "javascript": Toolchain(
        "solution.js",
        ("node", "--single-threaded", "solution.js"),
        fences=("javascript", "js", "node"),
        reserves_memory=True,
    ),
}
"""Languages beside Python that need no declaration."""


def toolchain_of(language: str, declared: Mapping[str, Any]) -> Toolchain | None:
    """The toolchain of a language, a recipe's own before ours; None for Python, which needs none.

    Raises:
        SpecError: there is none, or it is declared amiss.
    """
    if language in declared:
        return _declared(language, declared[language])
    if language == PYTHON:
        return None
    if language not in TOOLCHAINS:
        known = ", ".join([PYTHON, *TOOLCHAINS, *declared])
        raise SpecError(
            f"no toolchain for the language {cut(language, 40)!r}: known are {known}; declare it "
            "under `toolchains` as {file: ..., compile: [...], run: [...]}",
            ("language",),
        )
    return TOOLCHAINS[language]


def fences_of(language: str, toolchain: Toolchain | None) -> tuple[str, ...]:
    """The names that fenced blocks of a language bear."""
    return PYTHON_FENCES if toolchain is None else (language, *toolchain.fences)


def missing(command: tuple[str, ...], ended: Finished) -> str:
    """Why a command is not there, where that is what its end says; else nothing."""
    if ended.code == NOT_FOUND and ended.error.startswith(f"{command[0]}: No such file"):
        return f"{command[0]!r} is not to be found in the sandbox, which shows /usr: install it there"
    return ""


def _declared(language: str, told: Any) -> Toolchain:
    where = ("toolchains", language)
    if not isinstance(told, Mapping):
        raise SpecError(f"toolchains.{language} is {cut(repr(told), 40)}, expected a mapping", where)
    for key in told:
        if key not in _KEYS:
            raise SpecError(f"toolchains.{language} has no key {key!r}: it takes {', '.join(_KEYS)}", where)
    file, reserves = told.get("file"), told.get("reserves_memory", False)
    if not isinstance(file, str) or not file or "/" in file:
        raise SpecError(f"toolchains.{language}.file must be the name of a file, without a folder", where)
    if not isinstance(reserves, bool):
        raise SpecError(f"toolchains.{language}.reserves_memory must be true or false", where)
    run = _words(language, "run", told.get("run"))
    if not run:
        raise SpecError(f"toolchains.{language}.run must be a command as a list of words", where)
    compiled, fences = (_words(language, key, told.get(key, [])) for key in ("compile", "fences"))
    return Toolchain(file, run, compiled, fences, reserves)


def _words(language: str, key: str, told: Any) -> tuple[str, ...]:
    if not isinstance(told, list | tuple) or not all(isinstance(one, str) for one in told):
        raise SpecError(
            f"toolchains.{language}.{key} is {cut(repr(told), 40)}, expected a list of words",
            ("toolchains", language, key),
        )
    return tuple(told)
