"""A verifier given out as a reward function of TRL's form."""

from __future__ import annotations

import asyncio
import atexit
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from winnow.verifiers.pool import VerifierPool
from winnow.verifiers.registry import type_key
from winnow.verifiers.verdict import Verdict

_OF_TRL = {"prompts", "completions", "completion_ids", "prompt_ids"}  # columns that are no reference
_END = 5.0  # seconds that workers have to leave when the process does


class Reward:
    """`fn(completions, **columns) -> list[float | None]`, as GRPOTrainer's `reward_funcs` takes it.

    A completion is text, or chat messages of which the assistant's last counts; what stands at its place in
    each column is its reference. The reward is the verdict's score, and None where it is an error or a skip:
    trouble of ours is no reason to change a policy. Judged in worker processes, which start with the first
    call and end with the process or with `close`.
    """

    def __init__(self, spec: Mapping[str, Any], *, workers: int | None = None, deadline: float = 5.0) -> None:
        """Raises SpecError where the spec declares no verifier."""
        self._told: dict[str, Any] = {"spec": dict(spec), "workers": workers, "deadline": deadline}
        self._start()

    def _start(self) -> None:
        self._pool = VerifierPool(**self._told)
        self.__name__ = self._pool.verifier.name  # what TRL calls it in its logs
        self._loop: asyncio.AbstractEventLoop | None = None
        self._owner = 0
        self._lock = threading.Lock()

    def __call__(self, completions: Sequence[Any], **columns: Any) -> list[float | None]:
        return [verdict.score for verdict in self.verdicts(completions, **columns)]

    def verdicts(self, completions: Sequence[Any], **columns: Any) -> list[Verdict]:
        """The verdicts themselves, with reason and extracted answer."""
        whole = {
            key: column
            for key, column in columns.items()
            if key not in _OF_TRL and isinstance(column, list | tuple) and len(column) == len(completions)
        }
        items = [
            ({key: column[at] for key, column in whole.items()}, _text(completion))
            for at, completion in enumerate(completions)
        ]
        asked = asyncio.run_coroutine_threadsafe(self._pool.judge(items), self._running())
        return asked.result()

    def close(self) -> None:
        """End the workers; the next call starts new ones."""
        with self._lock:
            loop, self._loop = self._loop, None
        if loop is not None and self._owner == os.getpid():
            asyncio.run_coroutine_threadsafe(self._pool.close(), loop).result(_END)
            loop.call_soon_threadsafe(loop.stop)

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is not None and self._owner != os.getpid():  # we were forked: they are our parent's
                self._pool = VerifierPool(**self._told)
                self._loop = None
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._owner = os.getpid()
                threading.Thread(target=self._loop.run_forever, daemon=True).start()
                asyncio.run_coroutine_threadsafe(self._pool.start(), self._loop).result()
                atexit.register(self.close)
            return self._loop

    def __getstate__(self) -> dict[str, Any]:
        return self._told

    def __setstate__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._start()


def as_reward(name: str, *, workers: int | None = None, deadline: float = 5.0, **params: Any) -> Reward:
    """The verifier `name` with these parameters, as a reward function for TRL.

    `workers` and `deadline` (seconds a completion) are the pool's. Raises SpecError where there is no such
    verifier or parameter.

        trainer = GRPOTrainer(model, reward_funcs=as_reward("math"), train_dataset=rows_with_answer, ...)
    """
    return Reward({type_key: name, **params}, workers=workers, deadline=deadline)


def _text(completion: Any) -> str:
    if isinstance(completion, str):
        return completion
    said = [one.get("content") for one in completion if one.get("role", "assistant") == "assistant"]
    content = said[-1] if said else ""
    if isinstance(content, list):  # parts, as some chat templates have them
        content = "".join(part.get("text", "") for part in content if isinstance(part, Mapping))
    return content or ""
