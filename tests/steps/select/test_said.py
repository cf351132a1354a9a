"""What is said outside thoughts, for columns of texts, is what the verifiers' own reader says."""

from __future__ import annotations

import time

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.records import BLANK, key_of
from winnow.steps.select.said import said, said_digest, said_length, thought, thought_of
from winnow.verifiers.golden.thinking import TAGS, without_thoughts

_NAMES = [tag for tag in TAGS if tag.isalpha()]
_FORMS = [form for name in _NAMES for form in (f"<{name}>", f"</{name}>", f"</ns:{name.upper()} >")]
_BRACKETED = [form for tag in TAGS if not tag.isalpha() for form in (tag, f"{tag[0]}/{tag[1:]}")]
_HARMONY = ["<|channel|>analysis<|message|>", "<|channel|>final<|message|>"]
_PARTS = [*_FORMS, *_BRACKETED, *_HARMONY, "4", " ", "\n", "<b>", "`", "tags"]


@given(st.lists(st.lists(st.sampled_from(_PARTS), max_size=6).map("".join), max_size=5))
def test_it_is_the_verifiers_reader(texts: list[str]) -> None:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    digests = pl.Series("digest", [key_of(text.strip()) for text in texts], dtype=pl.String)
    found = frame.with_columns(digests).select(said_digest(pl.col("text"), pl.col("digest")))
    wanted = [without_thoughts(text).strip() for text in texts]
    assert found.to_series().to_list() == [key_of(text) for text in wanted]
    shown = frame.select(said(pl.col("text"))).to_series().to_list()
    assert [text.strip() for text in shown] == wanted
    lengths = frame.select(said_length(pl.col("text"), pl.col("text").str.len_chars().cast(pl.Int32)))
    assert lengths.to_series().to_list() == [len(text) for text in shown]


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("It is 4.", None, "It is 4."),
        ("<think>\n2 + 2\n</think>\n\nIt is 4.", "2 + 2", "It is 4."),
        ("2 + 2\n</think>\nIt is 4.", "2 + 2", "It is 4."),
        ("<think></think>It is 4.", None, "It is 4."),
        ("[THINK]2 + 2[/THINK]It is 4.", "2 + 2", "It is 4."),
        ("<think>never ends", "never ends", ""),
        ("It has no <think> tags.", None, "It has no <think> tags."),
    ],
)
def test_a_text_comes_apart(text: str, inside: str | None, outside: str) -> None:
    frame = pl.DataFrame({"text": [text]})
    assert frame.select(thought(pl.col("text"))).item() == inside == thought_of(text)
    assert frame.select(said(pl.col("text"))).item() == outside


def test_a_thought_alone_is_blank() -> None:
    frame = pl.DataFrame({"text": ["<think>4", "<think>4</think>\n"], "digest": ["1", "2"]})
    assert frame.select(said_digest(pl.col("text"), pl.col("digest"))).to_series().to_list() == [BLANK, BLANK]


def test_a_thought_of_white_space_takes_no_time() -> None:
    """Tried from each of its lines, a page of 100,000 would take a minute."""
    began = time.process_time()
    assert thought_of(f"<think>it is{chr(10) * 100_000}41?</think>42") == f"it is{chr(10) * 100_000}41?"
    assert time.process_time() - began < 1


def test_thoughts_are_put_together_line_by_line() -> None:
    text = "<think> 2 and 2 </think> \n <think>\nis 4\n</think>It is 4."
    assert thought_of(text) == "2 and 2\nis 4"
