"""What each rule of cleaning costs: texts a second of processor time, and the memory it takes.

The texts are made-up word problems of about 300 characters, 5% of them near duplicates. Each rule runs in a
process of its own. With `--gsm8k`, `--math` and `--humaneval` these files are the evaluation sets, and it is
counted how often they overlap with each other.

    python benchmarks/cleaning.py [--texts 100000] [--tokenizer tokenizer.json] [--gsm8k FILE --math FILE ...]
"""

from __future__ import annotations

import argparse
import gc
import json
import multiprocessing
import resource
import sys
import time
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from winnow.steps.clean.candidates import dropped_candidates
from winnow.steps.clean.config import CleanConfig, EvaluationConfig
from winnow.steps.clean.drops import counts_of
from winnow.steps.clean.evaluation import evaluation_texts
from winnow.steps.clean.overlap import Overlap
from winnow.steps.clean.problems import dropped_problems
from winnow.steps.clean.rows import dropped_rows

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.stories import story

CHARACTERS = 270
EVERY = 20  # how many texts for one that is planted
RULES: dict[str, dict[str, Any]] = {
    "near_duplicates.answers": {"near_duplicates": {"answers": True}},
    "near_duplicates.candidates": {"near_duplicates": {"candidates": True}},
    "near_duplicates.prompts": {"near_duplicates": {"prompts": True}},
    "refusals": {"refusals": True},
    "pii": {"pii": True},
    "languages": {"languages": ["en"]},
}
FIELDS = {"gsm8k": "question", "math": "problem", "humaneval": "prompt"}


def made_up(count: int) -> pl.Series:
    """Different texts, made of the sentences of many problems; every twentieth is one of them in capitals."""
    random = Random(0)
    said = [sentence for _ in range(20_000) for sentence in story(random).split(". ")]
    texts: list[str] = []
    for at in range(count):
        text = texts[random.randrange(max(0, at - 50), at)].upper() if at and at % EVERY == 0 else ""
        while len(text) < CHARACTERS:
            text += random.choice(said) + ". "
        texts.append(text)
    return pl.Series("text", texts)


def run(rule: str, keys: dict[str, Any], count: int) -> None:
    config = CleanConfig.model_validate(keys)
    frame = made_up(count).to_frame().with_row_index("row")
    if rule.endswith("prompts"):
        message = pl.struct(role=pl.lit("user"), content="text").struct.json_encode()
        names = {"problem": pl.format("p{}", "row"), "source_id": pl.format("s{}", "row")}
        frame = frame.select(**names, conversation=pl.format("[{}]", message))
    gc.collect()
    before, begun, wall = resident(), time.process_time(), time.perf_counter()
    if rule.endswith("answers") and config.of_rows:
        drops = dropped_rows(frame, config)
    elif rule.endswith("prompts"):
        drops = dropped_problems(frame, config)
    else:
        names = {"completion": pl.format("c{}", "row"), "problem": pl.format("p{}", pl.col("row") // 50)}
        told = {
            "status": pl.lit("pass"),
            "index": pl.col("row"),
            "text": "text",
            "prompt": pl.lit("Solve it."),
        }
        drops = dropped_candidates(frame.select(**names, **told), config)
    cpu, wall = time.process_time() - begun, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"{rule}: {count / cpu:,.0f} texts a CPU second, {wall:.1f} s in all, {peak - before:,.0f} MB beside "
        f"the texts' {before:,.0f}; dropped {counts_of(drops) or 0}"
    )


def resident() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def overlaps(sets: list[EvaluationConfig]) -> None:
    """How many texts of each set overlap with another."""
    texts = {one.told: evaluation_texts([one]).unique("text", maintain_order=True) for one in sets}
    for one, other in permutations(texts, 2):
        found = Overlap(texts[one]).drops(texts[other]["text"]).height
        print(f"{other} in {one}: {found} of {texts[other].height}")
    for name, every in texts.items():
        found = Overlap(every[::2]).drops(every[1::2]["text"]).height
        print(
            f"one half of {name} in the other: {found}; itself: {Overlap(every).drops(every['text']).height}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--tokenizer")
    for name in FIELDS:
        parser.add_argument(f"--{name}")
    given = parser.parse_args()
    sets = [
        EvaluationConfig(path=path, fields=[field], name=name)
        for name, field in FIELDS.items()
        if (path := getattr(given, name))
    ]
    rules = dict(RULES)
    if sets:
        told = [json.loads(one.model_dump_json()) for one in sets]
        rules["decontaminate_answers"] = {"decontaminate": told, "decontaminate_answers": True}
    if given.tokenizer:
        rules["max_tokens"] = {"max_tokens": {"tokenizer": given.tokenizer, "prompt_and_completion": 100}}
    for rule, keys in rules.items():
        process = multiprocessing.get_context("spawn").Process(target=run, args=(rule, keys, given.texts))
        process.start()
        process.join()
    overlaps(sets)


if __name__ == "__main__":
    main()
