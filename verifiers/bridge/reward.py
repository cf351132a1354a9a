"""`reward`: a reward function written for TRL decides."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.bridge.function import Named, named
from winnow.verifiers.bridge.python import score_of
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.verdict import Verdict, cut


@verifier("reward", recipe_only=True, pure=False)
def reward(
    function: str, threshold: float = 1.0, chat: bool = False, pure: bool = False, raw: bool = False
) -> Check:
    """Pass where the reward of `function(completions, **columns)` is `threshold` or more.

    The function is one of TRL's form: it gets lists, here of one, and returns a list of floats, or of None
    for "does not apply"; the reference's keys are its columns. `chat` gives it the completion as chat
    messages. The reward is the score where it lies between 0 and 1, and wherever it lies with `raw`, which
    is for scorers. Named and run as `python` is.
    """
    if not threshold < float("inf"):
        raise SpecError(f"threshold is {threshold}, expected a number", ("threshold",))
    return _Reward(named(function), threshold, chat, pure, raw)


@dataclass(frozen=True, slots=True)
class _Reward:
    function: Named
    threshold: float
    chat: bool
    pure: bool
    raw: bool

    @property
    def depends(self) -> tuple[str, ...]:
        return self.function.depends

    def prepare(self) -> None:
        _ = self.function.call

    def __call__(self, reference: Mapping[str, Any], completion: str) -> Verdict:
        rewards = self._rewards(reference, completion)
        if not isinstance(rewards, list | tuple) and not hasattr(rewards, "tolist"):
            raise TypeError(f"{self.function.told} returned {cut(repr(rewards), 40)}, expected a list")
        rewards = list(rewards)
        if len(rewards) != 1:
            raise TypeError(f"{self.function.told} returned {len(rewards)} rewards for one completion")
        if rewards[0] is None:
            return Verdict.skipped(f"{self.function.told} gives no reward")
        found = score_of(rewards[0])
        if found is None:
            raise TypeError(f"{self.function.told} returned {cut(repr(rewards[0]), 40)}, expected a number")
        right = found >= self.threshold
        score = found if self.raw or 0 <= found <= 1 else float(right)
        reason = f"reward {found:g}"
        return Verdict.passed(reason, score=score) if right else Verdict.failed(reason, score=score)

    def _rewards(self, reference: Mapping[str, Any], completion: str) -> Any:
        call = self.function.call
        told: Any = [{"role": "assistant", "content": completion}] if self.chat else completion
        columns = {key: [value] for key, value in reference.items()}
        wanted = inspect.signature(call).parameters
        if "prompts" in wanted and "prompts" not in columns:
            columns["prompts"] = columns.get("prompt", [""])
        if not any(one.kind is one.VAR_KEYWORD for one in wanted.values()):
            columns = {key: value for key, value in columns.items() if key in wanted}
        found = call(completions=[told], **columns)
        return asyncio.run(found) if inspect.iscoroutine(found) else found
