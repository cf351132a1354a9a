"""Two runs of one recipe, begun at the same moment."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from support.command import start, winnow
from support.openai_server import OpenAIServer, Script
from support.recipes import write_sums


class Rivals:
    """Races in `folder`, of a recipe whose server answers when all races are over. `took` has the seconds of
    each run that found the folder held, from its start to its end."""

    def __init__(self, folder: Path) -> None:
        self.took: list[float] = []
        self._folder = folder
        self._server = OpenAIServer(Script(latency=600.0))

    def __enter__(self) -> Self:
        self._server.__enter__()
        engine = {"type": "endpoint", "base_url": self._server.url, "model": "m"}
        write_sums(self._folder, sample={"engine": engine, "n": 2})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    def race(self) -> None:
        """One ends with 75 and names the other, which runs on until it is killed."""
        began = time.monotonic()
        both = [start("run", "recipe.yaml", cwd=self._folder, stderr=subprocess.PIPE) for _ in range(2)]
        try:
            while all(one.poll() is None for one in both):
                assert time.monotonic() - began < 120, "nobody gave way"
                time.sleep(0.01)
            self.took.append(time.monotonic() - began)
            loser, winner = sorted(both, key=lambda one: one.poll() is None)
            assert loser.stderr is not None
            told = " ".join(loser.stderr.read().split())
            assert loser.returncode == 75, told
            named = re.search(r"another run holds runs/sums: \S+ process (\d+) on \S+, for 0:00:\d\d", told)
            assert named and int(named[1]) == winner.pid, told
            assert winner.poll() is None
        finally:
            for one in both:
                one.kill()
                one.wait()
                if one.stderr is not None:
                    one.stderr.close()

    def finish(self) -> None:
        """A run alone, when the server answers."""
        self._server.script.latency = 0.0
        done = winnow("run", "recipe.yaml", cwd=self._folder)
        assert done.returncode == 0, done.stderr
