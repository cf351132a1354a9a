"""Runs of the command that can be killed often: each is a process of its own, with the imports paid once."""

from __future__ import annotations

import multiprocessing
import os
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["winnow.pipelines.run", "winnow.pipelines.cli"])


def start_winnow(*arguments: str, cwd: Path) -> BaseProcess:
    """Start `winnow` with these arguments; what it prints goes to `cwd/output.txt`."""
    process = FORKS.Process(target=run_command, args=(arguments, str(cwd)))
    process.start()
    return process


def run_command(arguments: tuple[str, ...], cwd: str) -> None:
    """Be `winnow` with these arguments, in a process of its own."""
    os.chdir(cwd)
    output = os.open("output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, sys.stdout.fileno())
    os.dup2(output, sys.stderr.fileno())
    from winnow.pipelines.cli import main

    main(list(arguments))
