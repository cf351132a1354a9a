"""Checks of a whole text: what a model says while it thinks is no part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from winnow.verifiers.golden.thinking import without_thoughts
from winnow.verifiers.registry import Check, Factory, verifier
from winnow.verifiers.verdict import Verdict


def strict(name: str, *, also: Mapping[str, str] | None = None) -> Callable[[Factory], Factory]:
    """Register a factory as `verifier` does; its checks see completions without their thoughts."""

    def register(factory: Factory) -> Factory:
        @wraps(factory)
        def of_what_is_said(**parameters: Any) -> Check:
            check = factory(**parameters)

            def judge(reference: Mapping[str, Any], completion: str) -> Verdict:
                return check(reference, without_thoughts(completion))

            return judge

        return verifier(name, version="2", also=also)(of_what_is_said)

    return register
