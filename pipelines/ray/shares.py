"""A limit that several work towards: each is given a share, and the shares are never more than the limit."""

from __future__ import annotations


class Shares:
    """`before` is what counted already when the first began.

    Each is given an equal part of what nobody holds; who comes back with some of it unused may be given less.
    So what is left goes, in ever smaller parts, to those who use it.

    >>> shares = Shares(100, before=10)
    >>> shares.take("a", 0, 2), shares.take("b", 0, 2)
    (45.0, 22.5)
    >>> shares.take("a", 45, 2)
    56.25
    >>> shares.leave("b")
    >>> shares.take("a", 56.25, 1), shares.take("a", 90, 1), shares.reached
    (90.0, 90, True)
    """

    def __init__(self, limit: float, before: float) -> None:
        self._limit, self._before = limit, before
        self._had: dict[str, float] = {}
        self._shares: dict[str, float] = {}

    @property
    def had(self) -> float:
        """What there is of it, by what each has told."""
        return self._before + sum(self._had.values())

    @property
    def reached(self) -> bool:
        return self.had >= self._limit

    def take(self, who: str, had: float, among: int, *, idle: bool = False) -> float:
        """Up to which sum somebody may go who has `had` so much since he began, one of so many; one who is
        idle has no use for more."""
        self.had_by(who, had)
        self._shares[who] = had
        # Summed as `had` is: while the limit is not reached somebody may go on, however sums are rounded.
        free = self._limit - (self._before + sum(max(self._had[one], self._shares[one]) for one in self._had))
        if free > 0 and not idle:
            self._shares[who] = had + max(free / among, min(free, 1.0))
        return self._shares[who]

    def had_by(self, who: str, had: float) -> None:
        """Somebody has had so much, since he began."""
        self._had[who] = had
        self._shares.setdefault(who, had)

    def leave(self, who: str) -> None:
        """He is gone: what he had counts, what he held is free."""
        if who in self._had:
            self._shares[who] = self._had[who]
