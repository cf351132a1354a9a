"""Looking ahead: is there anything to do, before whoever does it is started?"""

from __future__ import annotations

from collections.abc import AsyncIterator

from winnow.steps.records import Group


class Ahead:
    """An asynchronous iterator over groups that tells whether another comes, and forgets none for that."""

    def __init__(self, groups: AsyncIterator[Group]) -> None:
        self._groups = groups
        self._next: Group | None = None

    def __aiter__(self) -> AsyncIterator[Group]:
        return self

    async def __anext__(self) -> Group:
        group, self._next = self._next, None
        return group if group is not None else await anext(self._groups)

    async def any(self) -> bool:
        """Whether another group comes."""
        if self._next is None:
            self._next = await anext(self._groups, None)
        return self._next is not None
