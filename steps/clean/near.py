"""Near duplicates: which texts say the same as an earlier one, verified shingle by shingle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from winnow.steps.clean.drops import told
from winnow.steps.clean.minhash import BANDS, bands_of, pairs_of
from winnow.steps.clean.popular import Popular
from winnow.steps.clean.shingles import SHORT, Shingles, shingles_of
from winnow.steps.clean.words import I64, U64, chunks, distinct

_SLACK = 1.5  # times a short text's words: up to there a text may be like a short one
_COMPARED = 16_000_000  # characters of the pairs that are compared at once
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What makes two texts near duplicates.

    `numbers`: they must agree in all numbers and operators, in order. `templates`: they must be
    alike even without the passages that many texts share.
    """

    threshold: float
    numbers: bool = True
    templates: bool = False


def near_duplicates(
    texts: pl.Series, like: Likeness, groups: pl.Series | None = None, order: pl.Series | None = None
) -> pl.DataFrame:
    """Texts that are like an earlier one; of all that are linked by such pairs the first is left out.

    Two texts are alike where their sets of shingles have a Jaccard similarity of `threshold` or more. That is
    verified; candidates come from MinHash, which finds a pair at a threshold of .8 with a chance of .9997.

    Args:
        texts: those without words are like no other.
        groups: texts of different groups are never alike.
        order: which is first, as different integers; without it the rows' own order.

    Returns:
        Columns at (row), like (the row that is kept), near (the row it was found to be like), similarity (to
        that), sorted by `at`.
    """
    rank = np.arange(len(texts)) if order is None else order.to_numpy().astype(np.int64)
    group = np.zeros(len(texts), np.uint64) if groups is None else _numbered(groups)
    bands, sizes, popular = _banded(texts, like)
    long = np.flatnonzero(sizes >= SHORT)
    pairs = long[pairs_of(bands if len(long) == len(bands) else bands[long], rank[long], group[long])]
    del bands
    found = [_verified(texts, pairs, group, like, popular)]
    short = np.flatnonzero((sizes > 0) & (sizes < SHORT * _SLACK))
    bands, _, popular = _banded(texts.gather(short), like, characters=True)
    pairs = short[pairs_of(bands, rank[short], group[short])]
    pairs = pairs[(sizes[pairs] < SHORT).any(axis=1)]
    found.append(_verified(texts, pairs, group, like, popular, characters=True))
    pairs = np.concatenate([pairs for pairs, _ in found])
    similarity = np.concatenate([similarity for _, similarity in found])
    return _first_of_each(pairs, similarity, rank)


def alike_drops(rows: pl.Series, names: pl.Series, found: pl.DataFrame, rule: str) -> pl.DataFrame:
    """What `near_duplicates` found as drops: columns at, rule, detail.

    Args:
        rows: which rows the texts were.
        names: what a detail calls them.
        found: as `near_duplicates` gives it.
    """
    near, like = names.gather(found["near"]).cast(pl.String), names.gather(found["like"]).cast(pl.String)
    how = pl.format("{} like {}", pl.col("similarity").round(3), "near")
    by_way = (
        pl.when(pl.col("near") == pl.col("like"))
        .then(pl.lit(""))
        .otherwise(", and so like " + pl.col("like"))
    )
    frame = found.select("similarity", near=near, like=like)
    return told(rows.gather(found["at"]), rule, frame.select(how + by_way).to_series())


def _numbered(groups: pl.Series) -> U64:
    return groups.rank("dense").to_numpy().astype(np.uint64)


def _banded(texts: pl.Series, like: Likeness, *, characters: bool = False) -> tuple[U64, I64, Popular | None]:
    """The bands of these texts, how many words each has, and which passages many of them share."""
    bands = np.empty((len(texts), BANDS), dtype=np.uint64)
    sizes = np.empty(len(texts), dtype=np.int64)
    popular = Popular.of(texts) if like.templates else None
    for begin, some in chunks(texts):
        shingles = shingles_of(some, characters=characters, passages=like.templates)
        here = slice(begin, begin + len(some))
        keys = shingles.numbers if like.numbers else np.zeros(len(some), dtype=np.uint64)
        bands[here] = bands_of(shingles, keys)
        sizes[here] = shingles.sizes
        if popular:
            popular.count(shingles)
    return bands, sizes, popular


def _verified(
    texts: pl.Series,
    pairs: I64,
    group: U64,
    like: Likeness,
    popular: Popular | None,
    *,
    characters: bool = False,
) -> tuple[I64, Floats]:
    """Those of the pairs that are alike, each with its similarity."""
    length = texts.str.len_chars().to_numpy().astype(np.int64)
    parts = np.cumsum(length[pairs].sum(axis=1)) // _COMPARED
    kept = [(np.zeros((0, 2), np.int64), np.zeros(0))]
    for some in np.split(pairs, np.flatnonzero(np.diff(parts)) + 1):
        rows, places = np.unique(some, return_inverse=True)
        places = places.reshape(some.shape)
        shingles = _gathered(texts.gather(rows), characters=characters, passages=popular is not None)
        alike = group[some[:, 0]] == group[some[:, 1]]
        if like.numbers:
            alike &= shingles.numbers[places[:, 0]] == shingles.numbers[places[:, 1]]
        some, places = some[alike], places[alike]
        similarity = jaccard(shingles, places)
        alike = similarity >= like.threshold
        if popular is not None:
            alike &= (jaccard(popular.without(shingles), places) >= like.threshold) | (similarity == 1)
        kept.append((some[alike], similarity[alike]))
    return np.concatenate([pairs for pairs, _ in kept]), np.concatenate([told for _, told in kept])


def _gathered(texts: pl.Series, *, characters: bool, passages: bool) -> Shingles:
    """The shingles of all these texts, made of some of them at a time."""
    parts = [shingles_of(some, characters=characters, passages=passages) for _, some in chunks(texts)] or [
        shingles_of(texts)
    ]
    return Shingles(
        np.concatenate([part.hashes for part in parts]),
        _ends([part.first for part in parts]),
        np.concatenate([part.numbers for part in parts]),
        np.concatenate([part.sizes for part in parts]),
        np.concatenate([part.passages for part in parts]),
        _ends([part.since for part in parts]),
        parts[0].further,
    )


def _ends(firsts: list[I64]) -> I64:
    return np.concatenate([[0], np.cumsum(np.concatenate([np.diff(first) for first in firsts]))])


def jaccard(shingles: Shingles, pairs: I64) -> Floats:
    """The share that two texts' sets have in common of all that is in either; 0 for two empty sets."""
    ids = np.searchsorted(distinct(shingles.hashes), shingles.hashes)
    members = distinct((shingles.owner << 32) | ids)
    first = np.searchsorted(members >> 32, np.arange(len(shingles.first)))
    sizes = np.diff(first)[pairs]
    sides = []
    for side in (0, 1):
        owner = np.repeat(np.arange(len(pairs)), sizes[:, side])
        since = np.cumsum(sizes[:, side]) - sizes[:, side]
        at = np.arange(len(owner)) - since[owner] + first[pairs[owner, side]]
        sides.append((owner << 32) | (members[at] & 0xFFFFFFFF))
    every = np.sort(np.concatenate(sides), kind="stable")
    shared = np.bincount(every[1:][every[1:] == every[:-1]] >> 32, minlength=len(pairs))
    told: Floats = shared / np.maximum(sizes.sum(axis=1) - shared, 1)
    return told


def _first_of_each(pairs: I64, similarity: Floats, rank: I64) -> pl.DataFrame:
    """For each row that is linked to earlier ones: the first of all that are linked."""
    by_rank = np.argsort(rank, kind="stable")
    place = np.empty_like(by_rank)
    place[by_rank] = np.arange(len(rank))
    early, late = place[pairs[:, 0]], place[pairs[:, 1]]
    first = np.arange(len(rank))
    while True:
        least = np.minimum(first[early], first[late])
        before = first.copy()
        np.minimum.at(first, early, least)
        np.minimum.at(first, late, least)
        first = first[first]
        if np.array_equal(first, before):
            break
    dropped = np.flatnonzero(first != np.arange(len(rank)))
    links = pl.DataFrame(
        {
            "late": np.concatenate([late, early]),
            "early": np.concatenate([early, late]),
            "similarity": np.concatenate([similarity, similarity]),
        }
    )
    links = links.with_columns(kept=pl.Series(first == np.arange(len(rank))).gather(links["early"]))
    best = links.sort("late", "kept", "similarity", "early", descending=[False, True, True, False])
    best = best.unique("late", keep="first", maintain_order=True)
    told = pl.DataFrame({"late": dropped}).join(best, on="late", how="left", maintain_order="left")
    return pl.DataFrame(
        {
            "at": by_rank[dropped],
            "like": by_rank[first[dropped]],
            "near": by_rank[told["early"].to_numpy()],
            "similarity": told["similarity"],
        }
    ).sort("at")
