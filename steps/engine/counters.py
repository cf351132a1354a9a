"""What an engine has done so far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Counters:
    """Running sums of one engine, since its start; whoever likes may read them at any time.

    `requests` counts what was sent, every repetition included; `retries` the repetitions; `failures` the
    requests that were given up, `hedges` those that were asked of a second server while the first took too
    long. A prompt's tokens count once a request, however many choices it asked for. `seconds` is what the
    `answered` requests took, summed.
    """

    requests: int = 0
    retries: int = 0
    failures: int = 0
    hedges: int = 0
    answered: int = 0
    seconds: float = 0.0
    tokens_in: int = 0
    tokens_out: int = 0
