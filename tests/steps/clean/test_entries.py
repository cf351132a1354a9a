"""The three entry points: which rule drops what, who stays, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from support.stories import mistyped, recased, renumbered, story

from winnow.steps.clean.candidates import dropped_candidates
from winnow.steps.clean.config import CleanConfig
from winnow.steps.clean.drops import counts_of
from winnow.steps.clean.indices import sets_told
from winnow.steps.clean.problems import dropped_problems
from winnow.steps.clean.rows import dropped_rows
from winnow.steps.errors import UsageError
from winnow.steps.records import Message, canonical, messages_of

LONG = (
    "The train leaves the old station at noon and meets the other one at the bridge, so both stop for lunch."
)


def config(**keys: Any) -> CleanConfig:
    return CleanConfig.model_validate(keys)


def problems(*prompts: str | list[Message]) -> pl.DataFrame:
    """Each prompt is what the user says, or the whole conversation."""
    rows = [
        (f"p{at}", f"s{at:03}", canonical(list(messages_of(prompt)) if isinstance(prompt, str) else prompt))
        for at, prompt in enumerate(prompts)
    ]
    return pl.DataFrame(rows, schema=["problem", "source_id", "conversation"], orient="row")


def chat(*messages: tuple[str, str]) -> list[Message]:
    return [{"role": role, "content": content} for role, content in messages]


def candidates(*rows: tuple[str, str, int, str], **columns: list[str]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["problem", "status", "index", "text"], orient="row")
    ids = pl.format("{}-{}", "problem", "index").alias("completion")
    return frame.with_columns(ids, *(pl.Series(name, values) for name, values in columns.items()))


def test_equal_prompts_are_always_out() -> None:
    drops = dropped_problems(problems("a  b", "c", " a b\n", "A b"), config())
    assert drops.rows() == [("p2", "duplicate_prompt", "the same prompt as s000")]
    turned = problems("a  b", " a b").with_columns(source_id=pl.Series(["s1", "s0"]))
    assert dropped_problems(turned, config())["problem"].to_list() == ["p0"]


def test_equal_prompts_are_equal_in_every_message_and_its_role() -> None:
    asked = [
        chat(("user", "hi there")),
        chat(("system", "Be brief."), ("user", "hi there")),
        chat(("system", "Be a pirate."), ("user", "hi there")),
        chat(("developer", "Be brief."), ("user", "hi there")),
        chat(("user", "hi"), ("assistant", "there"), ("user", "so?")),
        chat(("user", "hi"), ("user", "there"), ("user", "so?")),
        chat(("user", "hi\n\nthere\n\nso?")),
        chat(("user", "the \\nu of it")),
        chat(("user", "the \\tu of it")),
        chat(("system", " Be \n brief."), ("user", "hi\tthere ")),
    ]
    drops = dropped_problems(problems(*asked), config())
    assert drops.rows() == [("p9", "duplicate_prompt", "the same prompt as s001")]


@pytest.mark.parametrize("role", ["system", "developer"])
def test_what_a_system_prompt_says_is_not_compared(tmp_path: Path, role: str) -> None:
    """Near duplicates and overlaps are told by what is said in the conversation itself."""
    (tmp_path / "e.txt").write_text(LONG + "\n")
    asked = [
        chat((role, LONG), ("user", "How many stops do the two trains make before they come home?")),
        chat((role, "Be brief."), ("user", "how many stops do the two trains make before they come home")),
        chat((role, LONG), ("user", "What is the name of the old station by the bridge?")),
    ]
    clean = config(near_duplicates={"prompts": True}, decontaminate=[{"path": str(tmp_path / "e.txt")}])
    drops = dropped_problems(problems(*asked), clean)
    assert drops.rows() == [("p1", "near_duplicate_prompt", "1.0 like s000")]


def test_prompts_that_are_alike_or_in_an_evaluation_set(tmp_path: Path) -> None:
    random = Random(1)
    stories = [story(random) for _ in range(6)]
    asked = [
        *stories,
        stories[0],
        recased(stories[1], random),
        renumbered(stories[2], random),
        stories[3].upper(),
    ]
    path = tmp_path / "evals.jsonl"
    path.write_text(json.dumps({"q": stories[3]}) + "\n")
    clean = config(
        near_duplicates={"prompts": True}, decontaminate=[{"path": str(path), "fields": ["q"], "name": "E"}]
    )
    drops = dropped_problems(problems(*asked).lazy(), clean)
    assert drops.select("problem", "rule").rows() == [
        ("p3", "contaminated"),
        ("p6", "duplicate_prompt"),
        ("p7", "near_duplicate_prompt"),
        ("p9", "contaminated"),
    ]
    assert drops["detail"][2] == "1.0 like s001"
    assert drops["detail"][3].endswith("is in E, row 1 (q)")
    assert counts_of(drops) == {"contaminated": 2, "duplicate_prompt": 1, "near_duplicate_prompt": 1}


def test_what_is_contaminated_is_nobodys_first(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text(LONG + "\n")
    clean = config(decontaminate=[{"path": str(tmp_path / "e.txt")}])
    assert (
        dropped_problems(problems(LONG, "x " + LONG, "other", LONG), clean)["rule"].to_list()
        == ["contaminated"] * 3
    )


@pytest.mark.parametrize("seed", range(3))
def test_problems_in_any_order_give_the_same(seed: int) -> None:
    random = Random(9)
    stories = [story(random) for _ in range(60)]
    frame = problems(*stories, *(recased(one, random) for one in stories[:20]), *stories[40:50])
    clean = config(near_duplicates={"prompts": True})
    wanted = dropped_problems(frame, clean)
    assert wanted.height == 30
    assert dropped_problems(frame.sample(fraction=1, shuffle=True, seed=seed), clean).equals(wanted)


def test_candidates_that_are_alike() -> None:
    frame = candidates(
        ("p", "pass", 3, LONG.upper()),
        (
            "p",
            "pass",
            0,
            "Something else that nobody said before, about seven bridges and their many guards.",
        ),
        ("p", "fail", 1, LONG),
        ("p", "pass", 2, LONG),
        ("q", "pass", 4, LONG),
        ("p", "fail", 5, LONG + "!"),
    )
    drops = dropped_candidates(frame, config(near_duplicates={"candidates": True}))
    assert drops.rows() == [
        ("p-3", "near_duplicate", "1.0 like p-2"),
        ("p-5", "near_duplicate", "1.0 like p-1"),
    ]


def test_each_is_dropped_by_the_first_rule_and_stands_for_nobody(tmp_path: Path) -> None:
    mail = f"{LONG} Ask jane@web.de."
    frame = candidates(
        ("p", "pass", 0, mail),
        ("p", "pass", 1, mail.upper().replace("JANE@WEB.DE", "her")),
        ("p", "pass", 2, "I'm sorry, but I can't help. Ask jane@web.de."),
        ("p", "pass", 3, "ok"),
        (
            "p",
            "pass",
            4,
            "Zuerst z\u00e4hlen wir alle \u00c4pfel zusammen, dann teilen wir sie durch die Anzahl.",
        ),
        ("p", "pass", 5, LONG),
    )
    clean = config(
        pii=True, refusals=True, languages=["en"], min_characters=3, near_duplicates={"candidates": True}
    )
    drops = dropped_candidates(frame.reverse(), clean)
    assert drops.select("completion", "rule").rows() == [
        ("p-0", "pii"),
        ("p-2", "refusal"),
        ("p-3", "min_characters"),
        ("p-4", "language"),
        ("p-5", "near_duplicate"),
    ]
    assert drops["detail"][4].endswith("like p-1")
    assert dropped_candidates(frame, config()).is_empty()


def test_answers_may_be_compared_with_evaluation_sets(tmp_path: Path) -> None:
    (tmp_path / "e.txt").write_text(LONG + "\n")
    frame = candidates(("p", "pass", 0, f"Well: {LONG}"), ("p", "pass", 1, "no"))
    sets = [{"path": str(tmp_path / "e.txt")}]
    assert dropped_candidates(frame, config(decontaminate=sets)).is_empty()
    drops = dropped_candidates(frame, config(decontaminate=sets, decontaminate_answers=True))
    assert drops.select("completion", "rule").rows() == [("p-0", "contaminated")]


def test_a_bucket_says_what_its_problems_say() -> None:
    random = Random(3)
    texts = [story(random) for _ in range(30)]
    rows = [(f"p{at % 5}", "pass", at, text) for at, text in enumerate(texts)]
    rows += [(f"p{at % 5}", "pass", at + 30, recased(text, random)) for at, text in enumerate(texts)]
    frame = candidates(*rows)
    clean = config(near_duplicates={"candidates": True})
    whole = dropped_candidates(frame, clean)
    assert whole.height == 30
    parts = [dropped_candidates(frame.filter(pl.col("problem") == f"p{at}"), clean) for at in range(5)]
    assert pl.concat(parts).equals(whole)


def test_near_duplicates_of_a_problem_are_the_same_beside_whatever_others() -> None:
    """Of many texts with an equal band few pairs are compared: which ones is the problem's own affair."""
    random = Random(4)
    clean = config(near_duplicates={"candidates": True})
    rows = []
    for at in range(12):
        words = story(random).split()
        for index in range(40):
            text = " ".join("so" if random.random() < 0.03 else word for word in words)
            rows.append((f"p{at:02}", random.choice(["pass", "pass", "fail"]), index, text))
    frame = candidates(*rows)
    whole = dropped_candidates(frame, clean)
    assert 50 < whole.height < frame.height - 50
    names = frame["problem"].unique(maintain_order=True).to_list()
    for size in (1, 2, 5):
        some = [names[at : at + size] for at in range(0, len(names), size)]
        parts = [
            frame.filter(pl.col("problem").is_in(few)).sample(fraction=1, shuffle=True, seed=size)
            for few in some
        ]
        assert pl.concat([dropped_candidates(part, clean) for part in parts]).equals(whole)


def test_rows_across_problems() -> None:
    rows = pl.DataFrame(
        {"row": [7, 3, 5, 1, 4, 2], "text": [LONG, "short", LONG, LONG + "!", "short", LONG[:60]]}
    )
    drops = dropped_rows(rows, config(near_duplicates={"answers": True}))
    assert drops.rows() == [
        (5, "duplicate_answer", "the same answer as 7"),
        (1, "near_duplicate_answer", "1.0 like 7"),
    ]
    assert drops.schema["row"] == rows.schema["row"]
    assert dropped_rows(rows, config(near_duplicates={"candidates": True})).is_empty()
    assert dropped_rows(rows, config()).columns == ["row", "rule", "detail"]


def test_rows_recall() -> None:
    random = Random(6)
    texts = list({story(random): None for _ in range(1_000)})
    planted = [mistyped(texts[at], random) for at in range(0, 1_000, 10) if len(texts[at]) > 350]
    rows = pl.DataFrame({"text": [*texts, *planted]}).with_row_index("row")
    drops = dropped_rows(rows, config(near_duplicates={"answers": True}))
    assert drops.filter(pl.col("row") < len(texts)).is_empty()
    assert drops.height >= 0.95 * len(planted)


def test_nothing_gives_nothing() -> None:
    clean = config(
        near_duplicates={"prompts": True, "candidates": True, "answers": True}, pii=True, refusals=True
    )
    assert dropped_problems(problems("a").clear(), clean).is_empty()
    assert dropped_candidates(candidates(("p", "pass", 0, "a")).clear(), clean).is_empty()
    assert dropped_rows(pl.DataFrame({"row": ["a"], "text": ["b"]}).clear(), clean).is_empty()


def test_an_evaluation_set_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "e.jsonl").write_text("{}\n")
    clean = config(decontaminate=[{"path": str(tmp_path / "e.jsonl"), "fields": ["q"]}])
    with pytest.raises(UsageError, match="has no field 'q'"):
        dropped_problems(problems("a"), clean)


def test_what_a_manifest_says_of_evaluation_sets(tmp_path: Path) -> None:
    path = tmp_path / "e.txt"
    path.write_text("one\ntwo\n")
    other = tmp_path / "f.txt"
    other.write_text("one\nthree\n")
    told = sets_told(
        config(decontaminate=[{"path": str(path), "name": "E"}, {"path": str(other)}]).decontaminate
    )
    assert [(one["set"], one["texts"]) for one in told] == [("E", 2), (str(other), 2)]
    assert told[0]["sha256"] != told[1]["sha256"]
