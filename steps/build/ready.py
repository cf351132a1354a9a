"""Is there all that a build will need? Asked before a token is paid, and before a ledger is read."""

from __future__ import annotations

from winnow.steps.build.config import BuildConfig
from winnow.steps.clean.indices import sets_told
from winnow.steps.clean.lengths import tokenizer_of


def check_ready(config: BuildConfig) -> None:
    """Read what cleaning reads beside the ledger: evaluation sets, a tokenizer.

    Raises:
        MissingError, UsageError: one of them is not there, or is none.
    """
    sets_told(config.clean.decontaminate)
    if config.clean.max_tokens is not None:
        tokenizer_of(config.clean.max_tokens)
