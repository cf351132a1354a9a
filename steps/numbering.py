"""Numbers for keys: what a set and a dict of strings would take 150 bytes a key for, in 30."""

from __future__ import annotations

from array import array

_EMPTY = -1


class Numbering:
    """Numbers 128-bit keys 0, 1, 2, ... in the order in which they come.

    A key is 32 hex digits, as `key_of` spells it: a hash, so its bits need no hashing again. It is kept as
    two words, and looked up by open addressing with linear probing (Knuth, TAOCP 3, 6.4, algorithm L).

    >>> numbering = Numbering()
    >>> numbering.add("0" * 31 + "a"), numbering.add("f" * 32), numbering.add("0" * 31 + "a")
    (0, 1, 0)
    >>> numbering.find("b" * 32) is None, len(numbering)
    (True, 2)
    """

    def __init__(self) -> None:
        self._high, self._low = array("Q"), array("Q")
        self._slots = array("i", [_EMPTY]) * 64  # at most half of them are taken

    def __len__(self) -> int:
        return len(self._low)

    def __getitem__(self, number: int) -> str:
        return f"{self._high[number]:016x}{self._low[number]:016x}"

    def find(self, key: str) -> int | None:
        """The number of a key, if it has one."""
        number = self._slots[self._slot(int(key[:16], 16), int(key[16:], 16))]
        return None if number == _EMPTY else number

    def add(self, key: str) -> int:
        """The number of a key, which is new if the key is."""
        high, low = int(key[:16], 16), int(key[16:], 16)
        slot = self._slot(high, low)
        if self._slots[slot] == _EMPTY:
            self._slots[slot] = len(self)
            self._high.append(high)
            self._low.append(low)
            if 2 * len(self) > len(self._slots):
                self._grow()
                return len(self) - 1
        return self._slots[slot]

    def _slot(self, high: int, low: int) -> int:
        """Where a key stands, or would."""
        slots, mask = self._slots, len(self._slots) - 1
        slot = low & mask
        while (number := slots[slot]) != _EMPTY and (self._low[number] != low or self._high[number] != high):
            slot = (slot + 1) & mask
        return slot

    def _grow(self) -> None:
        self._slots = array("i", [_EMPTY]) * (2 * len(self._slots))
        for number, (high, low) in enumerate(zip(self._high, self._low, strict=True)):
            self._slots[self._slot(high, low)] = number
