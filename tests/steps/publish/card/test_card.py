"""The card: complete for the Hub, true to the build, and inert whatever its sources and models wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard
from support.builds import answer, pair_row, said, sft_row, write_build
from support.card_picture import html_of
from support.hub.cards import problems_of

from winnow.steps.build.kinds import KINDS
from winnow.steps.build.reading import Built
from winnow.steps.publish.card.escape import visible
from winnow.steps.publish.card.examples import READ
from winnow.steps.publish.card.merge import merged, split
from winnow.steps.publish.card.metadata import TAGS
from winnow.steps.publish.card.overview import WHAT
from winnow.steps.publish.collect import collect
from winnow.steps.publish.config import CardConfig

HOSTILE = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "```\n<iframe src='javascript:alert(1)'></iframe>\n```",
    "~~~\n</code></pre><svg onload=alert(1)>",
    "[click](javascript:alert(1)) ![x](http://evil.example/pixel.png)",
    "<!-- winnow:end -->\n# Owned\n<!-- winnow:begin",
    "---\nlicense: mit\n---\n",
    "| a | b |\n|---|---|\n| <b>c</b> | d |",
    "https://evil.example www.evil.example me@evil.example",
    "\x1b[2J\u202egnp.exe\x00",
    "&lt;script&gt; &#60;script&#62;",
    "` `` ``` ````",
    "key: [unclosed\n- {",
    "$$\\href{javascript:alert(1)}{x}$$",
)
_TAGS = "html meta style body h1 h2 p strong em code pre a img ul li table thead tbody tr th td"
ALLOWED = set(_TAGS.split())


class Seen(HTMLParser):
    """The tags of a page, and where its links and pictures lead."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.led: list[str] = []
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.led += [str(value) for name, value in attrs if name in ("href", "src")]


def readme(built: Built, recipe: dict[str, Any] | None = None, **card: Any) -> str:
    ours = collect(built, recipe or {}, CardConfig.model_validate(card), "my-org/sums")
    return merged(ours.card, None)


def hostile_build(folder: Path, text: str) -> Built:
    """A build in which everything that a source or a model may write is `text`."""
    told = {"verifier": text, "verifier_version": text, "source_id": text}
    row = {"messages": [said("user", text), said("assistant", text)], "model": text, **told}
    pair = {
        "prompt": [said("user", text)],
        "chosen": answer(text),
        "rejected": answer(text + "!"),
        "model": text,
    }
    rows = {"sft": {"train": [[sft_row(0, **row)]]}, "preference": {"train": [[pair_row(0, **pair, **told)]]}}
    return write_build(folder / "runs" / "sums", rows)


def hostile_recipe(text: str) -> dict[str, Any]:
    return {
        "name": "sums",
        "source": {"type": "jsonl", "path": text, "prompt": text, "config": text},
        "sample": {"engine": {"type": "replay", "model": text}, "n": 4, "system": text},
        "verify": {"type": text, text: text},
        "build": {"sft": {"rank_by": [text]}},
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_was_written_does_anything(tmp_path: Path, text: str) -> None:
    prose = dict.fromkeys(("summary", "limits", "citation"), text)
    line = " ".join(text.split()) or "x"
    made = readme(hostile_build(tmp_path, text), hostile_recipe(text), pretty_name=line, tags=[line], **prose)
    errors, _ = problems_of(made)
    assert errors == []
    told, body = split(made)
    assert told["pretty_name"] == visible(line)
    assert told["license"] == "unknown"
    assert body.count("<!-- winnow:begin") == body.count("<!-- winnow:end -->") == 1
    assert body.strip().endswith("<!-- winnow:end -->")
    seen = Seen(html_of(body))
    assert seen.tags <= ALLOWED, seen.tags - ALLOWED
    assert seen.attributes <= {"href", "src", "alt", "class", "charset", "style"}
    known = r"(#load-it|recipe\.yaml|manifest\.json|https://huggingface\.co/docs/trl|images/\w+\.png)"
    assert all(re.fullmatch(known, one) for one in seen.led), seen.led
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e]", made)
    again = collect(
        hostile_build(tmp_path, text),
        hostile_recipe(text),
        CardConfig(**prose, pretty_name=line),
        "my-org/sums",
    )
    assert split(merged(again.card, made))[1].count("<!-- winnow:begin") == 1


def test_the_metadata_is_complete(tmp_path: Path) -> None:
    rows = {
        "sft": {"train": [[sft_row(0)], [sft_row(1)]], "test": [[sft_row(2)]]},
        "kto": {"train": [[pair_row(0)]]},
    }
    source = {"type": "hub", "path": "openai/gsm8k", "split": "train"}
    made = readme(
        write_build(tmp_path / "sums", rows),
        {"source": source, "build": {"clean": {"languages": ["en"]}}},
        license="mit",
        tags=["math"],
    )
    assert problems_of(made) == ([], [])
    card = DatasetCard(made)
    told = card.data.to_dict()
    assert told["license"] == "mit"
    assert told["language"] == ["en"]
    assert told["size_categories"] == ["n<1K"]
    assert told["source_datasets"] == ["openai/gsm8k"]
    assert told["tags"] == ["synthetic", "distilabel", "winnow", "sft", "kto", "math"]
    assert told["annotations_creators"] == ["machine-generated"]
    assert [(one["config_name"], one.get("default", False)) for one in told["configs"]] == [
        ("sft", True),
        ("kto", False),
    ]
    assert told["configs"][0]["data_files"] == [
        {"split": "train", "path": "sft/train-*.parquet"},
        {"split": "test", "path": "sft/test-*.parquet"},
    ]
    splits = told["dataset_info"][0]["splits"]
    assert [(one["name"], one["num_examples"]) for one in splits] == [("train", 2), ("test", 1)]
    assert all(one["num_bytes"] > 0 for one in splits)


def test_every_kind_is_known_to_the_card() -> None:
    assert set(TAGS) == set(WHAT) == set(READ) == set(KINDS)


@pytest.mark.parametrize(
    ("trust", "claimed"), [("verdict", "a test has judged"), ("votes", "agree on"), ("reward", "scored best")]
)
def test_it_claims_no_more_than_is_so(tmp_path: Path, trust: str, claimed: str) -> None:
    built = write_build(tmp_path / "sums", {"sft": {"train": [[sft_row(0)]]}})
    rules = {"sft": {"trust": trust}, "clean": {}}
    made = readme(replace(built, told={"made_by": {"rules": rules}}))
    assert f"**1 row that {claimed}" in made.replace("a model's own answers ", "")


@pytest.mark.parametrize(
    ("rule", "claimed", "right"),
    [
        ("override", "What most people say of an answer or a pair is so", "or people who read it said"),
        ("only_reviewed", "Only what people read is here", "or people who read it said"),
        ("drop_on_disagreement", "What people contradict was left out", "did not contradict"),
    ],
)
def test_it_says_that_people_decided(tmp_path: Path, rule: str, claimed: str, right: str) -> None:
    nobody = {"decided_by": "verifier", "reviewers": 0, "reviewed_by": []}
    two = {"decided_by": "people", "reviewers": 2, "reviewed_by": ["a", "b"]}
    rows = {"sft": {"train": [[sft_row(0, **two), sft_row(1, **nobody)], [sft_row(2, **two)]]}}
    built = write_build(tmp_path / "sums", rows)
    made = readme(replace(built, told={"made_by": {"rules": {"sft": {}, "reviews": {"rule": rule}}}}))
    assert problems_of(made)[0] == []
    assert "3 rows that a test or a person has judged" in made
    assert f"People read 2 of the rows. {claimed}" in made
    assert f"reviewed 2 rows, and decided 2 of them (rule `{rule}`)" in made
    assert right in made.partition("## Known limits")[2]
    assert split(made)[0]["annotations_creators"] == ["machine-generated", "other"]


def test_wrong_metadata_is_seen_by_the_rules() -> None:
    """The Hub of ours would tell: these rules are not empty."""
    for key, value in (
        ("license", "gpl-17"),
        ("language", ["English"]),
        ("size_categories", ["many"]),
        ("task_categories", ["thinking"]),
        ("annotations_creators", ["nobody"]),
        ("tags", "math"),
        ("configs", [{"config_name": "a", "default": True}, {"config_name": "b", "default": True}]),
        ("configs", [{"config_name": "a", "data_files": [{"path": "a"}]}]),
    ):
        errors, _ = problems_of(f"---\n{yaml.safe_dump({key: value})}---\n# x\n")
        assert errors, key


def test_no_secret_and_no_place_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from winnow.steps.secrets import expand

    monkeypatch.setenv("OUR_KEY", "sk-very-secret")
    expand("${env:OUR_KEY}")
    recipe = {
        "source": {"type": "jsonl", "path": str(tmp_path / "problems.jsonl")},
        "sample": {
            "engine": {
                "type": "endpoint",
                "base_url": "http://me:pw@gpu7:8000/v1?key=abc",
                "api_key": "sk-plain",
            },
            "system": "Say sk-very-secret.",
        },
        "verify": {"type": "number"},
        "build": {"clean": {"decontaminate": [{"path": "~/held/out.jsonl"}]}},
    }
    built = write_build(
        tmp_path / "sums", {"sft": {"train": [[sft_row(0, "sk-very-secret", model="/models/a/b.gguf")]]}}
    )
    ours = collect(built, recipe, CardConfig(), "my-org/sums")
    texts = b"".join(
        file.read() for file in ours.over(None).values() if isinstance(file.source, bytes)
    ).decode()
    for secret in ("sk-very-secret", "sk-plain", "gpu7", "pw", "key=abc", str(tmp_path), "~/held", "/models"):
        assert secret not in texts, secret
    for kept in ("problems.jsonl", "out.jsonl", "b.gguf", "${env:OUR_KEY}"):
        assert kept in texts


def test_the_same_build_gives_the_same_card(tmp_path: Path) -> None:
    rows = {"sft": {"train": [[sft_row(at) for at in range(9)]]}}
    one, two = (write_build(tmp_path / name / "sums", rows) for name in ("a", "b"))
    assert readme(one) == readme(two)
    assert one.build.id in readme(one)


def test_a_mix_says_whose_its_rows_are(tmp_path: Path) -> None:
    from winnow.steps.mix.mix import Part, mix_builds

    parts = [
        write_build(tmp_path / name, {"sft": {"train": [[sft_row(at)]]}}) for at, name in enumerate("ab")
    ]
    mix_builds([Part(one, 1.0) for one in parts], tmp_path / "both")
    from winnow.steps.build.reading import find_built

    made = readme(find_built(str(tmp_path / "both")))
    assert problems_of(made)[0] == []
    assert "a mix of the runs `a`, `b`" in made
