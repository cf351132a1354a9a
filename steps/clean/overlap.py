"""Decontamination: which texts overlap with an evaluation set.

As the field does it, by n-grams of words without case and punctuation: of 13 (Brown et al. 2020, "Language
Models are Few-Shot Learners", appendix C) and of 8 (Chowdhery et al. 2022, "PaLM", section 8).
That one 13-gram alone condemns much that is clean is reported there; here the share of the evaluation text
counts too. A text overlaps with an evaluation text where it has

- the whole of it; one of under 13 words in this way only, with the same operators between its numbers, and
  one of under 5 words only by being all that the text says;
- a passage of 13 words, and passages of 8 that make up half of it;
- passages of 8 words that make up 70% of it, if it has 26 words or more; or
- a passage of 26 words.

What stands in more than `COMMON` evaluation texts is how such problems are put, and counts as the part of a
whole text only.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from winnow.steps.clean.words import I64, U64, Flags, Words, chunks, mixed, powers, words_of

LONG, SHORT, LEAST = 13, 8, 5  # words
COMMON = 4  # evaluation texts
_HALF, _MOST = 0.5, 0.7  # of an evaluation text
_SLOTS = np.uint64((1 << 22) - 1)
_SHOWN = 160  # characters of an excerpt


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages of `width` words of the evaluation texts, by hash in ascending order: where each begins.

    `slots` tells fast that a hash is not among them.
    """

    width: int
    hashes: U64
    begin: I64
    slots: Flags


class Overlap:
    """An index of evaluation texts: columns set, row, field, text, as `evaluation_texts` gives them."""

    def __init__(self, texts: pl.DataFrame) -> None:
        self._told = texts.select("set", "row", "field")
        self._words = words_of(texts["text"])
        self._sums = _sums(self._words)
        self._sizes = self._words.counts
        self._whole = _span(self._sums, self._words.first[:-1], self._sizes)
        first = np.unique(self._whole, return_index=True)[1]  # equal texts are one
        kept = np.zeros(len(self._sizes), dtype=np.bool_)
        kept[first] = True
        found = [self._passages(width, kept) for width in range(1, SHORT + 1)]
        self._passages_of = [passages for passages in found if len(passages.hashes)]

    def drops(self, texts: pl.Series) -> pl.DataFrame:
        """The texts that overlap.

        Returns:
            Columns at (row), detail: an excerpt of the text, and what it overlaps with.
        """
        found: list[tuple[int, str]] = []
        for begin, some in chunks(texts):
            found += [(begin + at, detail) for at, detail in self._drops(some)]
        return pl.DataFrame(found, schema={"at": pl.Int64, "detail": pl.String}, orient="row")

    def _passages(self, width: int, kept: Flags) -> Passages:
        """Those to look for: short texts whole; of longer ones what is not common, and their rarest one."""
        words = self._words
        begin, hashes = _windows(words, width)
        text = words.owner[begin]
        chosen = kept[text] & ((self._sizes[text] == width) | (width == SHORT))
        begin, hashes, text = begin[chosen], hashes[chosen], text[chosen]
        order = np.lexsort((begin, text, hashes))
        begin, hashes, text = begin[order], hashes[order], text[order]
        fresh = np.ones(len(begin), dtype=np.bool_)  # once a text
        fresh[1:] = (hashes[1:] != hashes[:-1]) | (text[1:] != text[:-1])
        begin, hashes, text = begin[fresh], hashes[fresh], text[fresh]
        starts = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])[: len(hashes)])
        sizes = np.diff(starts, append=len(hashes))
        shared = np.repeat(sizes, sizes)
        by_rarity = np.lexsort((begin, shared, text))
        rarest = by_rarity[np.unique(text[by_rarity], return_index=True)[1]]
        wanted = shared <= COMMON
        wanted[rarest] = True
        slots = np.zeros(int(_SLOTS) + 1, dtype=np.bool_)
        slots[hashes[wanted] & _SLOTS] = True
        return Passages(width, hashes[wanted], begin[wanted], slots)

    def _drops(self, texts: pl.Series) -> list[tuple[int, str]]:
        words = words_of(texts)
        owner = words.owner
        hits = [np.zeros((0, 3), dtype=np.int64)]
        for passages in self._passages_of:
            here, there = _hits(words, passages)
            hits.append(np.stack([here, there, np.full(len(here), passages.width)], axis=1))
        here, there, width = np.concatenate(hits).T
        found = self._wholes(words, owner, here, there) + self._runs(owner, here, there, width)
        best: dict[int, tuple[int, int, int, int]] = {}
        for text, evaluation, begin, since, size in sorted(found, key=lambda one: (one[0], -one[4], one[1])):
            if text not in best and self._verified(words, begin, since, size):
                best[text] = (evaluation, begin, since, size)
        own = words_of(texts.gather(list(best)), normalise=False)
        return [
            (text, f"{_shown(own, place, words, text, begin, size)!r} is in {self._named(evaluation)}")
            for place, (text, (evaluation, begin, _, size)) in enumerate(best.items())
        ]

    def _wholes(
        self, words: Words, owner: I64, here: I64, there: I64
    ) -> list[tuple[int, int, int, int, int]]:
        """Evaluation texts that stand whole in a text: text, evaluation text, begin in each, words."""
        evaluation = self._words.owner[there]
        since = self._words.first[evaluation]
        size = self._sizes[evaluation]
        text = owner[here]
        begin = here - (there - since)
        inside = (begin >= words.first[text]) & (begin + size <= words.first[text + 1])
        begin, size, evaluation, text = begin[inside], size[inside], evaluation[inside], text[inside]
        same = _span(_sums(words), begin, size) == self._whole[evaluation]
        same &= (size >= LEAST) | (words.counts[text] == size)
        every = np.stack([text, evaluation, begin, self._words.first[evaluation], size], axis=1)[same]
        found: list[tuple[int, int, int, int, int]] = [
            tuple(one) for one in np.unique(every, axis=0).tolist()
        ]
        return [
            (text, evaluation, begin, since, size)
            for text, evaluation, begin, since, size in found
            if size >= LONG or _operators(words, begin, size) == _operators(self._words, since, size)
        ]

    def _runs(self, owner: I64, here: I64, there: I64, width: I64) -> list[tuple[int, int, int, int, int]]:
        """The longest passage that two texts share, where that or all of them together are enough."""
        long = width == SHORT
        here, there = here[long], there[long]
        text, evaluation = owner[here], self._words.owner[there]
        long = self._sizes[evaluation] >= LONG
        here, there, text, evaluation = here[long], there[long], text[long], evaluation[long]
        if not len(here):
            return []
        order = np.lexsort((here, here - there, evaluation, text))
        here, there, text, evaluation = here[order], there[order], text[order], evaluation[order]
        breaks = np.ones(len(here), dtype=np.bool_)
        breaks[1:] = (
            (text[1:] != text[:-1])
            | (evaluation[1:] != evaluation[:-1])
            | (here[1:] != here[:-1] + 1)
            | (there[1:] != there[:-1] + 1)
        )
        starts = np.flatnonzero(breaks)
        size = np.diff(starts, append=len(here)) + SHORT - 1
        runs = pl.DataFrame(
            {
                "text": text[starts],
                "evaluation": evaluation[starts],
                "begin": here[starts],
                "since": there[starts],
            }
        ).with_columns(size=size)
        both = ["text", "evaluation"]
        passages = pl.DataFrame({"text": text, "evaluation": evaluation, "since": there}).unique()
        further = pl.col("since").shift(-1).over(both, order_by="since") - pl.col("since")
        covered = passages.with_columns(new=further.clip(upper_bound=SHORT).fill_null(SHORT))
        shares = covered.group_by(both).agg(covered=pl.col("new").sum())
        told = runs.sort("size", "begin", descending=[True, False]).unique(
            both, keep="first", maintain_order=True
        )
        told = told.join(shares, on=both).with_columns(of=pl.Series(self._sizes).gather(told["evaluation"]))
        long = (pl.col("size") >= LONG) & (pl.col("covered") >= _HALF * pl.col("of"))
        most = (pl.col("of") >= 2 * LONG) & (pl.col("covered") >= _MOST * pl.col("of"))
        enough = long | most | (pl.col("size") >= 2 * LONG)
        return told.filter(enough).select(*both, "begin", "since", "size").rows()

    def _verified(self, words: Words, begin: int, since: int, size: int) -> bool:
        return words.spelled(begin, begin + size) == self._words.spelled(since, since + size)

    def _named(self, evaluation: int) -> str:
        name, row, field = self._told.row(evaluation)
        return f"{name}, row {row} ({field})"


def _shown(own: Words, place: int, words: Words, text: int, begin: int, size: int) -> str:
    """A passage as the text has it; normalised where only that has as many words."""
    since = begin - int(words.first[text])
    if own.counts[place] == words.counts[text]:
        words, begin = own, int(own.first[place]) + since
    excerpt = " ".join(words.excerpt(begin, begin + size).split())
    return excerpt if len(excerpt) <= _SHOWN else excerpt[:_SHOWN].rstrip() + " ..."


def _hits(words: Words, passages: Passages) -> tuple[I64, I64]:
    """Where a text has a passage, and where the evaluation texts have it."""
    begin, hashes = _windows(words, passages.width)
    maybe = passages.slots[hashes & _SLOTS]
    begin, hashes = begin[maybe], hashes[maybe]
    low = np.searchsorted(passages.hashes, hashes, side="left")
    times = np.searchsorted(passages.hashes, hashes, side="right") - low
    since = np.cumsum(times) - times
    place = np.arange(int(times.sum())) - np.repeat(since, times) + np.repeat(low, times)
    return np.repeat(begin, times), passages.begin[place]


def _windows(words: Words, width: int) -> tuple[I64, U64]:
    """Every passage of `width` words within a text: where it begins, and its hash."""
    count = max(len(words.hashes) - width + 1, 0)
    steps = powers(SHORT)[0]
    hashes = np.zeros(count, dtype=np.uint64)
    for ahead in range(width):
        hashes += words.hashes[ahead : ahead + count] * steps[ahead]
    ends = np.repeat(words.first[1:], words.counts)[:count]
    begin = np.flatnonzero(np.arange(count) + width <= ends)
    return begin, mixed(hashes[begin])


def _sums(words: Words) -> U64:
    weights = words.hashes * powers(len(words.hashes))[0][: len(words.hashes)]
    return np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(weights, dtype=np.uint64)])


def _span(sums: U64, begin: I64, size: I64) -> U64:
    """A hash of so many words from there on, by the sums of all before."""
    return mixed((sums[begin + size] - sums[begin]) * powers(len(sums))[1][begin])


def _operators(words: Words, begin: int, size: int) -> list[int]:
    """The operators between words of a passage."""
    low, high = np.searchsorted(words.before, [begin + 1, begin + size])
    told: list[int] = words.operators[low:high].tolist()
    return told
