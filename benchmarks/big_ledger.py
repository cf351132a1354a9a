"""A large ledger, made quickly: problems of 64 candidates of 300 characters, with verdicts at mixed rates."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import polars as pl
from deltalake import write_deltalake

from winnow.steps.ledger.schema import TABLES, now
from winnow.steps.ledger.store import PROPERTIES
from winnow.steps.records import canonical, key_of

N = 64
LETTERS = 300
FINGERPRINT = "benchmark"
_CHUNK = 8_192  # problems written at once
_WORDS = "so we add both and see that the sum of these two is half of what was left over then it must be"


def write_big_ledger(root: Path, candidates: int, seed: int = 0, verifier: str = FINGERPRINT) -> None:
    """A ledger of so many candidates, judged by a verifier of this fingerprint; the same seed gives the same
    rows."""
    problems = candidates // N
    phrases = _phrases(random.Random(seed))
    for start in range(0, problems, _CHUNK):
        dice = np.random.default_rng((seed, start))
        ids = [key_of("problem", seed, at) for at in range(start, min(start + _CHUNK, problems))]
        _append(root, "problems", _problems(ids, start))
        told = _candidates(ids, phrases, dice)
        _append(root, "completions", told.drop("status"))
        _append(root, "verdicts", _verdicts(told, verifier))


def _append(root: Path, name: str, frame: pl.DataFrame) -> None:
    schema = TABLES[name]
    shared = {"run": "run", "created_at": now()}
    lacking = [
        pl.lit(shared.get(field), dtype=_dtype(field)).alias(field)
        for field in schema.names
        if field not in frame.columns
    ]
    table = frame.with_columns(lacking).select(schema.names).to_arrow().cast(schema)
    write_deltalake(root / name, table, mode="append", writer_properties=PROPERTIES)


def _dtype(field: str) -> pl.DataType:
    empty = {table: pl.DataFrame(schema.empty_table()) for table, schema in TABLES.items()}
    return next(frame.schema[field] for frame in empty.values() if field in frame.columns)


def _problems(ids: list[str], start: int) -> pl.DataFrame:
    told = [
        (
            key,
            f"p{at:08}",
            canonical([{"role": "user", "content": f"Problem {at}: how much is {at} and {at % 97}?"}]),
            canonical({"answer": at + at % 97}),
            canonical({"family": f"family {at % 8}"}),
        )
        for at, key in enumerate(ids, start)
    ]
    return pl.DataFrame(told, schema=["id", "source_id", "prompt", "reference", "metadata"], orient="row")


def _candidates(ids: list[str], phrases: pl.Series, dice: np.random.Generator) -> pl.DataFrame:
    count = len(ids) * N
    picks = dice.integers(0, len(phrases), (5, count))
    rates = dice.beta(0.5, 1.0, len(ids)).repeat(N)
    keys = dice.bytes(16 * count).hex()
    digests = dice.bytes(16 * count).hex()
    frame = pl.DataFrame(
        {
            "id": [keys[at : at + 32] for at in range(0, 32 * count, 32)],
            "problem": pl.Series(ids).gather(np.arange(len(ids)).repeat(N)),
            "index": pl.Series(np.tile(np.arange(N, dtype=np.int32), len(ids))),
            "text": pl.select(
                pl.concat_str([phrases.gather(pick) for pick in picks], separator=" ").str.slice(
                    dice.integers(0, 20), LETTERS
                )
            ).to_series(),
            "digest": [digests[at : at + 32] for at in range(0, 32 * count, 32)],
            "finish_reason": pl.Series(np.where(dice.random(count) < 0.02, "length", "stop")),
            "completion_tokens": pl.Series(dice.integers(40, 90, count)),
            "logprob": pl.Series(-dice.gamma(9.0, 4.0, count)),
            "status": pl.Series(np.where(dice.random(count) < rates, "pass", "fail")),
        }
    )
    shared = {"engine": "engine", "parameters": "parameters", "model": "model", "told": '{"temperature":0.8}'}
    return frame.with_columns(
        pl.col("text").str.len_chars().cast(pl.Int32).alias("length"),
        *[pl.lit(value).alias(name) for name, value in shared.items()],
    )


def _verdicts(told: pl.DataFrame, verifier: str) -> pl.DataFrame:
    passed = pl.col("status") == "pass"
    return told.select(
        "problem",
        "status",
        id=pl.col("digest").str.reverse(),
        completion="id",
        verifier=pl.lit("number"),
        version=pl.lit("1"),
        fingerprint=pl.lit(verifier),
        score=passed.cast(pl.Float64),
        reason=pl.when(passed).then(pl.lit("equal")).otherwise(pl.lit("another number")),
        extracted=(pl.col("index") % 7 * passed.not_().cast(pl.Int32)).cast(pl.String),
    )


def _phrases(dice: random.Random) -> pl.Series:
    words = _WORDS.split()
    return pl.Series([" ".join(dice.choices(words, k=18)) + f" {dice.random():.6f}" for _ in range(20_000)])
