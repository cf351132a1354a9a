"""When a run will be over, and what it will have cost, if it goes on as it went."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Forecast:
    """Seconds that are `left`, and `money` that all runs will have cost; None where nobody knows."""

    left: float | None = None
    money: float | None = None


def forecast(seconds: float, paid: float, spent: float, share: float, budget: float | None) -> Forecast:
    """What is to come of a run that took so many seconds and paid so much for this share of its work.

    Args:
        spent: what all runs paid; `paid` is a part of it.
        budget: what they may; the run ends when it is reached.

    >>> forecast(60.0, 2.0, 3.0, 0.25, None)
    Forecast(left=180.0, money=9.0)
    >>> forecast(60.0, 2.0, 3.0, 0.25, 5.0)
    Forecast(left=60.0, money=5.0)
    """
    if not 0.0 < share <= 1.0:
        return Forecast()
    left, more = seconds * (1.0 - share) / share, paid * (1.0 - share) / share
    if budget is not None and spent + more > budget:
        left *= max(0.0, budget - spent) / more
        more = max(0.0, budget - spent)
    return Forecast(left, spent + more if spent else None)
