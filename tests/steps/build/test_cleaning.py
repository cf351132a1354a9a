"""What `clean` drops on the way to the rows, who moves up, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from support.ledgers import FINGERPRINT, SAMPLING, VERIFIER, Told, problem_of, write_ledger
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.steps.build.cleaning import Cleaning
from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.clean.config import CleanConfig
from winnow.steps.ledger import Ledger
from winnow.steps.ledger.schema import completion_row, now, problem_row, verdict_row
from winnow.steps.records import Candidate, Choice, Problem
from winnow.verifiers.verdict import Verdict

STORY = "we count the red apples in both baskets and then add the two sums, which makes"


def built(tmp_path: Path, ledger: Ledger, parts: int = 1000, **clean: Any) -> Build:
    config = BuildConfig.model_validate({"sft": {}, "preference": {}, "clean": clean})
    return build_datasets(ledger, FINGERPRINT, config, tmp_path / f"run-{parts}", part_rows=parts)


def texts(build: Build) -> list[str]:
    rows = pl.read_parquet(build.folder / "sft" / "*.parquet").sort("source_id", maintain_order=True)
    return [messages[-1]["content"] for messages in rows["messages"]]


def drops(build: Build) -> list[tuple[str, str | None, str]]:
    rows = pl.read_parquet(build.folder / "dropped.parquet")
    return list(rows.select("rule", "dataset", "source_id").iter_rows())


def asked(ledger: Ledger, source_id: str, prompt: str, answer: int, text: str, system: str = "") -> None:
    """A problem with one candidate that passed."""
    before = ({"role": "system", "content": system},) if system else ()
    problem = Problem(source_id, (*before, {"role": "user", "content": prompt}), {"answer": answer})
    one = Candidate(SAMPLING.key(problem.id, 0), 0, Choice(text))
    verdict = verdict_row(problem.id, one.id, Verdict.passed(), VERIFIER, FINGERPRINT, "r", now())
    ledger.commit(
        {
            "problems": [problem_row(problem, "r")],
            "completions": [completion_row(problem.id, one, SAMPLING, "r", now())],
            "verdicts": [verdict],
        }
    )


@pytest.mark.parametrize("parts", [1, 1000])
def test_of_equal_prompts_the_first_is_kept(tmp_path: Path, parts: int) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for name, prompt, answer in (("b", "how many?", 1), ("a", "how  many?", 2), ("c", "how much?", 3)):
        asked(ledger, name, prompt, answer, f"{name} says {answer}")
    build = built(tmp_path, ledger, parts)
    assert texts(build) == ["a says 2", "c says 3"]
    assert drops(build) == [("duplicate_prompt", None, "b")]
    assert build.dropped == {"duplicate_prompt": 1}
    assert build.figures["sft"]["problems"] == 2


def test_what_a_system_prompt_says_makes_another_problem(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for name, system in (("a", ""), ("b", "Be brief."), ("c", "Be a pirate."), ("d", "Be  brief.")):
        asked(ledger, name, "how many?", 1, f"{name} says 1", system)
    build = built(tmp_path, ledger)
    assert texts(build) == ["a says 1", "b says 1", "c says 1"]
    assert drops(build) == [("duplicate_prompt", None, "d")]


def test_the_tokens_of_a_system_prompt_count(tmp_path: Path) -> None:
    words = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    words.save(str(tmp_path / "tokenizer.json"))
    ledger = Ledger(tmp_path / "ledger")
    asked(ledger, "a", "one two", 1, "three four", system="so " * 36)
    asked(ledger, "b", "one two", 1, "three four", system="so " * 37)
    limit = {"tokenizer": str(tmp_path), "prompt_and_completion": 40}
    build = built(tmp_path, ledger, max_tokens=limit)
    assert drops(build) == [("max_tokens", None, "b")]
    (detail,) = pl.read_parquet(build.folder / "dropped.parquet")["detail"]
    assert detail == "41 tokens, 39 of them the prompt's"


@pytest.mark.parametrize("parts", [1, 1000])
def test_where_a_candidate_is_dropped_the_next_moves_up(tmp_path: Path, parts: int) -> None:
    private = "mail jane.doe@applebasket.org: 1"
    group: Told = [("p", "it is 1"), ("p", private), ("p", "well, it is 1"), ("f", "2")]
    build = built(tmp_path, write_ledger(tmp_path / "l", [group]), parts, pii=True)
    assert texts(build) == ["it is 1", "well, it is 1"]
    assert drops(build) == [("pii", None, "p0000")]
    rows = pl.read_parquet(build.folder / "sft" / "*.parquet")
    assert rows["n_pass"].to_list() == [3, 3]  # what a model can do is not what is kept of it


@pytest.mark.parametrize("parts", [1, 1000])
def test_of_rows_that_say_the_same_one_is_kept(tmp_path: Path, parts: int) -> None:
    ledger = Ledger(tmp_path / "ledger")
    for at in range(6):
        asked(ledger, f"p{at}", f"what is {at} and {at}?", at, f"{STORY} {'so' if at % 2 else 'then'} 7")
    near = {"answers": True, "threshold": 0.7}
    build = built(tmp_path, ledger, parts, near_duplicates=near)
    assert len(texts(build)) == 1
    assert build.rows("sft") == 1
    assert {dataset for _, dataset, _ in drops(build)} == {"sft"}
    assert sum(build.dropped.values()) == 5


def test_what_overlaps_with_an_evaluation_set_is_out_and_told(tmp_path: Path) -> None:
    held = "A farmer has seventeen sheep and all but nine of them die in the storm. How many are left now?"
    (tmp_path / "held.jsonl").write_text(f'{{"question": "{held}"}}\n')
    ledger = Ledger(tmp_path / "ledger")
    asked(ledger, "a", held.upper(), 9, "nine are left")
    asked(ledger, "b", "What is the sum of two and three?", 5, "five it is")
    sets = [{"path": str(tmp_path / "held.jsonl"), "fields": ["question"], "name": "held out"}]
    build = built(tmp_path, ledger, decontaminate=sets)
    assert texts(build) == ["five it is"]
    (detail,) = pl.read_parquet(build.folder / "dropped.parquet")["detail"]
    assert "held out" in detail
    (told,) = json.loads((build.folder / "manifest.json").read_text())["made_by"]["evaluation_sets"]
    assert (told["set"], told["texts"], len(told["sha256"])) == ("held out", 1, 64)


def test_equal_rows_by_other_rules_are_told_as_those(tmp_path: Path) -> None:
    """What is dropped may change where no row does: the build is the same, and its manifest is not."""
    ledger = write_ledger(tmp_path / "l", [[("p", "it is 1"), ("f", "ask jane.doe@applebasket.org")]])
    for clean, dropped in (({}, {}), ({"pii": True}, {"pii": 1})):
        config = BuildConfig.model_validate({"sft": {}, "clean": clean})
        build = build_datasets(ledger, FINGERPRINT, config, tmp_path)
        told = json.loads((build.folder / "manifest.json").read_text())
        assert (told["dropped"], build.rows("sft")) == (dropped, 1)
        assert len(drops(build)) == len(dropped)
    assert len(list((tmp_path / "builds").iterdir())) == 1


SIX: Told = [("p", f"{STORY} {word} 42") for word in ("so", "then", "well", "now", "thus", "hence")]
TWO: Told = [("f", "the answer that I come to is 41"), ("f", "forty one, as anybody can see at a glance")]


def rows_of(ledger: Ledger, run: Path, **told: Any) -> dict[str, pl.DataFrame]:
    build = build_datasets(ledger, FINGERPRINT, BuildConfig.model_validate(told), run)
    return {name: pl.read_parquet(build.folder / name / "*.parquet") for name in build.datasets}


def test_what_is_dropped_votes_all_the_same(tmp_path: Path) -> None:
    """Six say one thing in nearly the same words, two another: the six are the majority, whoever is kept."""
    ledger = write_ledger(tmp_path / "l", [[*SIX, *TWO]])
    near = {"near_duplicates": {"candidates": True, "threshold": 0.6}}
    told = rows_of(ledger, tmp_path, sft={"trust": "votes"}, kto={"trust": "votes"}, clean=near)
    assert [row[-1]["content"] for row in told["sft"]["messages"]] == [SIX[0][1]]
    assert told["sft"]["score"].to_list() == [0.75]
    assert told["kto"].select("verdict", "label").rows() == [("pass", True), ("fail", False), ("fail", False)]


def test_what_is_dropped_counts_in_a_problems_pass_rate(tmp_path: Path) -> None:
    ledger = write_ledger(tmp_path / "l", [[*SIX, ("p", "42 of course"), TWO[0]]])
    near = {"near_duplicates": {"candidates": True, "threshold": 0.6}}
    parts = {"sft": {"pass_rate": [0.8, 0.9]}, "grpo": {}, "candidates": {}}
    told = rows_of(ledger, tmp_path, **parts, clean=near)
    assert told["grpo"].select("pass_rate", "n", "n_pass").rows() == [(0.875, 8, 7)]
    assert told["sft"].height == 2
    assert told["candidates"].height == 3  # there what was dropped is out as well


def test_an_answer_that_stands_in_two_rows_is_no_duplicate_of_itself(tmp_path: Path) -> None:
    wrong: Told = [("f", "it may well be 41"), ("f", "it may be 43, or so I think")]
    ledger = write_ledger(tmp_path / "l", [[("p", f"{STORY} 42"), *wrong], [("p", f"{STORY} 42"), *wrong]])
    rules = {"preference": {"most_uses": 2}, "clean": {"near_duplicates": {"answers": True}}}
    build = build_datasets(ledger, FINGERPRINT, BuildConfig.model_validate(rules), tmp_path)
    rows = pl.read_parquet(build.folder / "preference" / "*.parquet")
    assert rows["source_id"].n_unique() == 1
    assert rows.height == 2
    (drop,) = pl.read_parquet(build.folder / "dropped.parquet").to_dicts()
    first = rows["id"][0].split("-")[0]
    assert (drop["dataset"], drop["detail"]) == ("preference", f"the same answer as {first}")
    assert drop["completion"] in [SAMPLING.key(problem_of(at).id, 0) for at in (0, 1)]
    assert drop["completion"] != first


def test_pairs_of_steps_meet_the_rules_that_half_answers_can() -> None:
    """What rollouts and trees say is no candidate; so it is looked at beside what comes before it."""
    rules = CleanConfig.model_validate({"pii": ["email"], "refusals": True, "min_characters": 1000})
    cleaning, says = Cleaning(rules), ["it is 4", "ask ann.lee@corp-mail.com", "I cannot help with that."]
    pairs = pl.DataFrame(
        {
            "problem": "p",
            "place": [0, 1, 2, 3],
            "id": ["fine", "personal", "refused", "goes on"],
            "prefix": ["", "so ", "", "so "],
            "step_chosen": [*says, says[2]],
            "step_rejected": "it is 5",
        }
    )
    assert cleaning.steps(pairs)["id"].to_list() == ["fine", "goes on"]
    assert cleaning.dropped.select("rule", "dataset", "completion").rows() == [
        ("pii", "step_preference", "personal"),
        ("refusal", "step_preference", "refused"),
    ]
    assert Cleaning(CleanConfig(min_characters=9)).steps(pairs).equals(pairs)
