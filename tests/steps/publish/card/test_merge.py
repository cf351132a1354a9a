"""What people write into a card stays, wherever they write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.publish.card.merge import BEGIN, END, Card, merged, split

OURS = Card({"license": "unknown", "tags": ["sft"]}, "# Sums\n\nours", frozenset({"sft", "dpo"}))


def test_theirs_above_and_below() -> None:
    first = merged(OURS, None)
    there = first.replace(BEGIN, f"Above.\n\n{BEGIN}") + "\nBelow.\n"
    after = merged(Card(OURS.metadata, "# Sums\n\nnew"), there)
    assert after.index("Above.") < after.index("new") < after.index("Below.")
    assert "ours" not in after


def test_metadata_of_theirs() -> None:
    there = "---\nlicense: mit\ntags: [dpo, theirs]\nviewer: false\n---\nText.\n"
    told, text = split(merged(OURS, there))
    assert told == {"license": "mit", "tags": ["sft", "theirs"], "viewer": False}
    assert text.rstrip().endswith("Text.")
    ours = Card({"license": "apache-2.0"}, "x")
    assert split(merged(ours, there))[0]["license"] == "apache-2.0"


def test_a_card_that_was_broken_by_hand() -> None:
    """Nothing of theirs is lost where a mark, or the metadata, is no longer whole."""
    first = merged(OURS, None)
    for there in (
        first.replace(END, "") + "Theirs.",
        first.replace(BEGIN, "") + "Theirs.",
        "---\n: [\n---\nTheirs.",
    ):
        after = merged(OURS, there)
        assert "Theirs." in after
        assert split(after)[0]["license"] == "unknown"
        assert merged(OURS, after) == after


@pytest.mark.parametrize("metadata", ["Hello.", "mine: [\nviewer: false", "day: 2024-13-45", "? [a]\n: mine"])
def test_metadata_that_is_none_is_kept_as_text(metadata: str) -> None:
    after = merged(OURS, f"---\n{metadata}\n---\nTheirs.")
    assert metadata in split(after)[1]
    assert merged(OURS, after) == after


@given(st.text(alphabet="ab-#\n `<!>:", max_size=40), st.text(alphabet="ab-#\n `<!>:", max_size=40))
def test_merging_again_changes_nothing(above: str, below: str) -> None:
    once = merged(OURS, f"{above}\n{BEGIN}\nold\n{END}\n{below}")
    assert merged(OURS, once) == once
    assert "\nold\n" not in once
