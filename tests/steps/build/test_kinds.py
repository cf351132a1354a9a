"""Every kind of dataset: a trainer's columns and no other's, rows in order, and the same rows by parts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledgers import FINGERPRINT, Told, problem_of, write_ledger
from support.rewards import rows_of

from winnow.steps.build.config import BuildConfig
from winnow.steps.build.datasets import Build, build_datasets
from winnow.steps.build.kinds import KINDS, asked
from winnow.steps.build.kinds.kind import Known
from winnow.steps.scoring import Member, Reward, Scoring
from winnow.steps.select.candidates import FURTHER, fetched, judged

GROUPS: list[Told] = [
    [("p", "2 is\n\nright"), ("f", "2 is\n\nwrong"), ("p", "right"), ("f", "wrong too"), ("c", "cut")],
    [("p", "all right"), ("p", "right again")],
    [("f", "all wrong"), ("e", "broke"), ("f", "<think>wrong")],
]
READ = {  # what TRL's trainers read: a dataset with two of these sets trains on something else, or fails
    "sft": {"messages"},
    "preference": {"prompt", "chosen", "rejected", "margin"},
    "kto": {"prompt", "completion", "label"},
    "grpo": {"prompt", "answer"},
    "reward": {"prompt", "chosen", "rejected", "margin"},
    "stepwise": {"prompt", "completions", "labels"},
    "step_preference": {"prompt", "chosen", "rejected", "margin"},
    "candidates": {"prompt"},
}
TRAINED = set.union(*READ.values(), {"text", "prompts", "input_ids", "images", "tools"})


def built(root: Path, groups: list[Told] = GROUPS, **parts: Any) -> Build:
    config = BuildConfig.model_validate(parts)
    return build_datasets(write_ledger(root / "ledger", groups), FINGERPRINT, config, root)


def rows(build: Build, name: str) -> list[dict[str, Any]]:
    return pl.read_parquet(build.folder / name / "*.parquet").to_dicts()


def test_every_kind_is_a_part_of_build() -> None:
    assert set(READ) == set(KINDS) <= set(BuildConfig.model_fields)
    everything = BuildConfig.model_validate({name: {} for name in KINDS})
    assert [kind.name for kind, _ in asked(everything)] == list(KINDS)
    for kind, part in asked(everything):
        assert kind.reads(part) <= FURTHER


@pytest.mark.parametrize("name", KINDS)
def test_a_dataset_has_one_trainers_columns(name: str, tmp_path: Path) -> None:
    told = rows(built(tmp_path, **{name: {}}), name)
    assert told
    assert set(told[0]) & TRAINED == READ[name]
    assert {"id", "problem_id", "source_id", "reference", "n", "n_pass"} <= set(told[0])
    assert len({row["id"] for row in told}) == len(told)
    assert [row["source_id"] for row in told] == sorted(row["source_id"] for row in told)


def test_kto(tmp_path: Path) -> None:
    told = rows(built(tmp_path, kto={"per_problem": 1}), "kto")
    assert [(row["source_id"], row["completion"][0]["content"], row["label"]) for row in told] == [
        ("p0000", "right", True),
        ("p0000", "2 is\n\nwrong", False),
        ("p0001", "all right", True),
        ("p0002", "all wrong", False),
    ]
    assert told[0]["prompt"] == [{"role": "user", "content": "question 0"}]


def test_grpo(tmp_path: Path) -> None:
    (row,) = rows(built(tmp_path, grpo={}), "grpo")
    assert (row["source_id"], row["answer"], row["pass_rate"], row["n"]) == ("p0000", "0", 0.4, 5)
    every = rows(built(tmp_path / "every", grpo={"pass_rate": [0.0, 1.0]}), "grpo")
    assert [row["pass_rate"] for row in every] == [0.4, 1.0, 0.0]
    assert not rows(built(tmp_path / "voted", [GROUPS[0]], grpo={"trust": "votes"}), "grpo")  # two and two
    (voted,) = rows(built(tmp_path / "two", [[*GROUPS[0][:3], ("p", "3")]], grpo={"trust": "votes"}), "grpo")
    assert (voted["answer"], voted["pass_rate"], voted["reference"]) == ("1", 0.75, '{"answer":0}')


def test_reward_models_take_both_forms(tmp_path: Path) -> None:
    (first, second) = rows(built(tmp_path, reward={}), "reward")
    assert (first["chosen"][0]["content"], second["chosen"][0]["content"]) == ("right", "2 is\n\nright")
    assert first["margin"] == second["margin"] == 1.0
    implicit = rows(built(tmp_path / "implicit", reward={"prompt": "implicit"}), "reward")
    assert set(implicit[0]) & TRAINED == {"chosen", "rejected", "margin"}
    assert [message["role"] for message in implicit[0]["chosen"]] == ["user", "assistant"]
    assert implicit[0]["chosen"][0] == implicit[0]["rejected"][0]


def test_a_margin_that_nobody_knows_is_none_for_a_reward_model(tmp_path: Path) -> None:
    build = built(tmp_path, reward={"rank_by": ["reward"]}, preference={"rank_by": ["reward"]})
    assert {row["margin"] for row in rows(build, "reward")} == {0.0}
    assert {row["margin"] for row in rows(build, "preference")} == {None}


def test_steps_have_labels(tmp_path: Path) -> None:
    told = rows(built(tmp_path, stepwise={"per_problem": 9}), "stepwise")
    assert [(row["prompt"], row["completions"], row["labels"]) for row in told] == [
        ("question 0", ["right"], [True]),
        ("question 0", ["2 is", "right"], [True, True]),
        ("question 0", ["2 is", "wrong"], [True, False]),
        ("question 0", ["wrong too"], [False]),
        ("question 1", ["all right"], [True]),
        ("question 1", ["right again"], [True]),
        ("question 2", ["all wrong"], [False]),
    ]


def test_labels_that_a_scorer_agrees_with(tmp_path: Path) -> None:
    """Of the right one it must doubt nothing, of the wrong one first what left the right way; of one that it
    read without its thoughts it has said nothing, though there are as many steps."""
    texts = ["a\n\nright", "a\n\nwrong", "b\n\nright", "b\n\nwrong", "b\n\nworse", "c", "d"]
    texts.append("<think>e\n\nf</think>g\nh")
    letters = "pfpffpfp"
    scores = [(0.9, 0.5), (0.9, 0.4), (0.9, 0.3), (0.2, 0.1), (0.6, 0.4, 0.9), None, (0.1,), (0.9, 0.9)]
    root = tmp_path / "ledger"
    ledger = write_ledger(root, [list(zip(letters, texts, strict=True))])
    ids = ledger.scan("completions").sort("index").collect()["id"]
    rewards = [(one, Reward(steps=told)) for one, told in zip(ids, scores, strict=True)]
    ledger.commit({"rewards": rows_of(problem_of(0).id, rewards)})
    scoring = Scoring((Member("s"),))

    def steps(**config: Any) -> list[list[str]]:
        told = BuildConfig.model_validate({"stepwise": {"per_problem": 9, **config}})
        build = build_datasets(ledger, FINGERPRINT, told, tmp_path, scoring=scoring)
        return [row["completions"] for row in rows(build, "stepwise")]

    assert len(steps()) == 8
    assert steps(agree=0.5) == [["a", "right"], ["a", "wrong"], ["d"]]
    assert ["b", "wrong"] in steps(agree=0.15) and ["b", "right"] in steps(agree=0.15)


def test_pairs_of_steps_begin_alike(tmp_path: Path) -> None:
    told = rows(built(tmp_path, step_preference={}), "step_preference")
    said = [tuple(row[side][0]["content"] for side in ("chosen", "rejected")) for row in told]
    assert said == [("2 is\n\nright", "2 is\n\nwrong"), ("2 is", "wrong too")]
    assert [row["prompt"] for row in told] == [[{"role": "user", "content": "question 0"}]] * 2
    assert {row["chosen"][0]["role"] for row in told} == {"assistant"}
    assert (told[0]["prefix"], told[0]["step_chosen"], told[0]["step_rejected"]) == (
        "2 is\n\n",
        "right",
        "wrong",
    )


def test_candidates_are_all_that_was_judged(tmp_path: Path) -> None:
    told = rows(built(tmp_path, candidates={}), "candidates")
    assert [row["candidate"][0]["content"] for row in told] == [text for group in GROUPS for _, text in group]
    assert [row["verdict"] for row in told][:5] == ["pass", "fail", "pass", "fail", "skip"]
    assert told[4]["finish_reason"] == "length"
    assert told[1]["reason"] == "wrong"


def test_what_was_trusted_is_told(tmp_path: Path) -> None:
    """The letters' verdicts extract 1 of what passed and 2 of what failed: three of five say 2."""
    votes: list[Told] = [
        [("p", "one"), ("f", "two"), ("f", "second two"), ("f", "third two"), ("p", "again one")]
    ]
    told = rows(built(tmp_path, votes, sft={"trust": "votes"}), "sft")
    assert [(row["verdict"], row["trust"], row["score"]) for row in told] == [("fail", "votes", 0.6)] * 2


def test_pairs_tell_both_scores_and_what_their_rule_knows(tmp_path: Path) -> None:
    (row,) = rows(built(tmp_path, preference={"rule": "step_level"}), "preference")
    assert (row["score_chosen"], row["score_rejected"], row["margin"]) == (1.0, 0.0, 1.0)
    assert (row["shared_prefix"], row["step_chosen"], row["step_rejected"]) == ("2 is", "right", "wrong")
    assert (row["length_chosen"], row["length_rejected"]) == (11, 11)
    assert row["rule"] == "step_level"


def test_thoughts_in_a_field_make_a_file_that_reads(tmp_path: Path) -> None:
    groups: list[Told] = [[("p", "<think>so</think>4"), ("f", "<think>no</think>5")]]
    setting = {"messages": {"thinking": "field", "system": "Think first."}}
    build = built(
        tmp_path, groups, **{name: setting for name in KINDS if name not in ("grpo", "step_preference")}
    )
    (row,) = rows(build, "sft")
    assert row["messages"][-1] == {"role": "assistant", "content": "4", "reasoning_content": "so"}
    assert row["messages"][0] == {"role": "system", "content": "Think first.", "reasoning_content": None}
    (pair,) = rows(build, "preference")
    assert pair["rejected"][0]["reasoning_content"] == "no"
    assert rows(build, "stepwise")[0]["completions"] == ["4"]
    assert rows(build, "stepwise")[0]["prompt"] == "Think first.\n\nquestion 0"


def test_what_a_row_shows_is_what_is_measured(tmp_path: Path) -> None:
    """The right one thought longer and said less: a model that is shown what was said learns the latter."""
    groups: list[Told] = [[("p", "<think>so it must be</think>4"), ("f", "five, I think")]]
    for thinking, chosen in (("keep", 29), ("strip", 1), ("field", 1)):
        setting = {"messages": {"thinking": thinking}}
        build = built(tmp_path / thinking, groups, preference=setting, sft=setting)
        (pair,), (row,) = rows(build, "preference"), rows(build, "sft")
        assert (pair["length_chosen"], pair["length_rejected"], row["length"]) == (chosen, 13, chosen)
        figures = build.figures["preference"]
        assert (figures["length_chosen"], figures["longer_is_chosen"]) == (chosen, float(chosen > 13))


PARTS: dict[str, Any] = {
    "sft": {"per_problem": 3, "rank_by": ["diversity"]},
    "preference": {"rule": "correct_vs_incorrect", "per_problem": 3, "most_uses": 2},
    "kto": {"balanced": True},
    "grpo": {},
    "reward": {"rule": "near_duplicate"},
    "stepwise": {},
    "step_preference": {},
    "candidates": {},
}
_one = st.tuples(st.sampled_from("pfesc"), st.sampled_from(["a", " a", "b", "a\n\nb", ""]))
groups = st.lists(st.lists(_one, max_size=6), min_size=2, max_size=5)


@settings(max_examples=8, deadline=None)
@given(groups)
def test_a_build_by_parts_is_the_build(told: list[Told]) -> None:
    """Whole problems, in any parts: each kind's rows are the same."""
    with tempfile.TemporaryDirectory() as name:
        ledger = write_ledger(Path(name), told)
        problems = [problem_of(at).id for at in range(len(told))]
        for kind, part in asked(BuildConfig.model_validate(PARTS)):
            candidates = judged(ledger, FINGERPRINT, kind.reads(part))
            known = Known(ledger, candidates, FINGERPRINT, None)
            once = kind.chosen(known, part)
            halves = [
                kind.chosen(known._replace(candidates=candidates.filter(pl.col("problem").is_in(half))), part)
                for half in (problems[::2], problems[1::2])
            ]
            assert pl.concat(halves).sort("problem", "place").equals(once.sort("problem", "place"))
            assert once.select("problem", "place").is_unique().all()
            for side in kind.sides:
                assert (
                    fetched(ledger, FINGERPRINT, once[side].unique()).collect().height
                    == once[side].n_unique()
                )
