"""The rules of `sft` and `preference` by hand: plain Python over Hugging Face `datasets`."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from big_ledger import FINGERPRINT

Row = dict[str, Any]
PER_PROBLEM = 2


def build(ledger: Path, out: Path) -> None:
    """Read the ledger's files with `datasets`, choose, and write both datasets as Parquet."""
    from datasets import Dataset, disable_progress_bars, load_dataset

    disable_progress_bars()

    def read(table: str) -> Any:
        files = [str(path) for path in sorted((ledger / table).glob("*.parquet"))]
        return load_dataset("parquet", data_files=files, split="train", cache_dir=str(out / "cache"))

    problems = {row["id"]: row for row in read("problems")}
    verdicts: dict[str, Row] = {}
    for row in read("verdicts"):
        before = verdicts.get(row["completion"])
        if row["fingerprint"] == FINGERPRINT and (not before or before["created_at"] <= row["created_at"]):
            verdicts[row["completion"]] = row
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in read("completions"):
        if row["id"] in verdicts:
            groups[row["problem"]].append({**row, "verdict": verdicts[row["id"]]})
    sft: list[Row] = []
    preference: list[Row] = []
    for key in sorted(groups, key=lambda one: problems[one]["source_id"]):
        problem, group = problems[key], groups[key]
        right, wrong = usable(group, "pass"), usable(group, "fail")
        right.sort(key=lambda row: (-row["verdict"]["score"], row["length"], row["index"]))
        wrong.sort(key=lambda row: (row["verdict"]["score"], -row["length"], row["index"]))
        prompt = json.loads(problem["prompt"])
        about = {
            "problem_id": key,
            "source_id": problem["source_id"],
            "reference": problem["reference"],
            "metadata": problem["metadata"],
            "n": len(group),
            "n_pass": sum(row["verdict"]["status"] == "pass" for row in group),
        }
        sft += [sft_row(prompt, about, row) for row in right[:PER_PROBLEM]]
        pairs = list(zip(right, wrong, strict=False))[:PER_PROBLEM]
        preference += [preference_row(prompt, about, *pair) for pair in pairs]
    for name, rows in (("sft", sft), ("preference", preference)):
        (out / name).mkdir()
        Dataset.from_list(rows).to_parquet(str(out / name / "train.parquet"))


def usable(group: list[Row], status: str) -> list[Row]:
    """Whole, not blank, not judged both ways, each text once."""
    ways = defaultdict(set)
    for row in group:
        if row["verdict"]["status"] in ("pass", "fail") and row["finish_reason"] != "length":
            ways[row["digest"]].add(row["verdict"]["status"])
    found: dict[str, Row] = {}
    for row in sorted(group, key=lambda one: one["index"]):
        if row["finish_reason"] != "length" and row["text"].strip() and ways[row["digest"]] == {status}:
            found.setdefault(row["digest"], row)
    return list(found.values())


def sft_row(prompt: list[Row], about: Row, row: Row) -> Row:
    return {
        "messages": [*prompt, {"role": "assistant", "content": row["text"]}],
        "id": row["id"],
        "verdict": row["verdict"]["status"],
        "score": row["verdict"]["score"],
        **about,
        "model": row["model"],
        "sampling": row["told"],
        "index": row["index"],
        "tokens": row["completion_tokens"],
    }


def preference_row(prompt: list[Row], about: Row, chosen: Row, rejected: Row) -> Row:
    return {
        "prompt": prompt,
        "chosen": [{"role": "assistant", "content": chosen["text"]}],
        "rejected": [{"role": "assistant", "content": rejected["text"]}],
        "id": f"{chosen['id']}-{rejected['id']}",
        "score_chosen": chosen["verdict"]["score"],
        "score_rejected": rejected["verdict"]["score"],
        **about,
        "model": chosen["model"],
        "sampling": chosen["told"],
    }
