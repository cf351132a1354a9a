"""What language models took that judge: a row a request, whatever came of it."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from winnow.steps.ledger.clock import now
from winnow.steps.ledger.schema import Row
from winnow.steps.records import Choice


def judgement_row(problem: str, choices: Sequence[Choice], fingerprint: str, run: str) -> Row:
    """One request on behalf of a problem, by what it brought. Its key is chance: what is asked for again is
    paid for again."""
    costs = [choice.cost for choice in choices if choice.cost is not None]
    return (
        secrets.token_hex(16),
        problem,
        fingerprint,
        sum(choice.prompt_tokens for choice in choices),
        sum(choice.tokens for choice in choices),
        max((choice.latency for choice in choices), default=0.0),
        sum(costs) if costs else None,
        run,
        now(),
    )
