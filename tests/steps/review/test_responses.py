"""Responses as servers give them, whatever is in them, become rows; blind sides are mapped back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from winnow.steps.ledger import Ledger
from winnow.steps.ledger.reviews import Review, review_row
from winnow.steps.review.people import SALT, People
from winnow.steps.review.responses import reviews_of
from winnow.steps.review.subjects import Subject, pair_of

SINGLE = Subject("aa", "aa")
PAIR = pair_of("aa", "bb")
AT = "2026-11-28T01:26:10.123456"


def read(subject: Subject, *responses: Any, **record: Any) -> list[Review]:
    told = {"metadata": {"chosen_by": "random"}, "responses": list(responses), **record}
    return reviews_of(told, subject, "p", "sums-sft", lambda user: f"hash of {user}")


def response(status: str = "submitted", **values: Any) -> dict[str, Any]:
    said = {name: {"value": value} for name, value in values.items()}
    return {"status": status, "values": said, "user_id": "u", "updated_at": AT}


def test_an_answer() -> None:
    (one,) = read(SINGLE, response(right="no", rating=2, comment="It is 5."))
    assert one == Review(
        "p", "aa", "aa", None, "sums-sft", "random", "hash of u", "submitted", None, False, None, 2,
        "It is 5.", 1_795_829_170_123_456,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"better": "a"}, ("first", None, None)),
        ({"better": "b", "right": "b"}, ("second", False, True)),
        ({"better": "tie", "right": "both"}, ("tie", True, True)),
        ({"right": "neither"}, (None, False, False)),
        ({"better": "a", "right": "unsure"}, ("first", None, None)),
        ({"better": "chosen", "right": "yes"}, (None, None, None)),
    ],
)
def test_pairs_are_of_what_was_shown(values: dict[str, str], expected: tuple[Any, ...]) -> None:
    (one,) = read(PAIR, response(**values))
    assert (one.better, one.first_right, one.second_right) == expected
    assert {one.first, one.second} == {"aa", "bb"}


def test_discards_drafts_and_nulls_are_there() -> None:
    discarded = {"status": "discarded", "values": {}, "user_id": "u", "updated_at": AT}
    nothing = {"status": "discarded", "values": None, "user_id": "u", "updated_at": AT}
    null = {"status": "submitted", "values": {"right": {"value": None}, "rating": None}, "user_id": "u"}
    half = response("draft", comment="hm")
    found = read(SINGLE, discarded, nothing, null, half, None, {"status": "lost"}, "x")
    assert [one.status for one in found] == ["discarded", "discarded", "submitted", "draft"]
    assert all((one.first_right, one.rating, one.better) == (None, None, None) for one in found)
    assert found[3].comment == "hm"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
questions = st.sampled_from(["right", "better", "rating", "comment", "other"])


@given(st.dictionaries(questions, json_values | st.fixed_dictionaries({"value": json_values})), json_values)
def test_whatever_is_said_it_is_read(values: Any, metadata: Any) -> None:
    told = {"status": "submitted", "values": values, "user_id": None, "updated_at": metadata}
    record = {"metadata": metadata if isinstance(metadata, dict) else None}
    for subject in (SINGLE, PAIR):
        (one,) = read(subject, told, **record)
        assert len(review_row(one, "r")) == 17
        assert one.rating is None or 1 <= one.rating <= 5


def test_a_changed_response_is_another_row_and_an_equal_one_is_none(tmp_path: Path) -> None:
    (one,), (same,) = read(SINGLE, response(right="no")), read(SINGLE, response(right="no"))
    (changed,) = read(SINGLE, {**response(right="yes"), "updated_at": "2026-11-28T02:00:00"})
    (back,) = read(SINGLE, {**response(right="no"), "updated_at": "2026-11-28T03:00:00"})
    keys = [review_row(review, run)[0] for run, review in enumerate((one, same, changed, back))]  # type: ignore[arg-type]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3
    ledger = Ledger(tmp_path)
    ledger.commit({"reviews": [review_row(one, "r"), review_row(back, "r")]})
    assert ledger.height("reviews") == 2


def test_people_are_hashed_with_a_salt_that_stays_in_the_run(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
    first = People(one).hashed("a user")
    assert People(one).hashed("a user") == first
    assert People(other).hashed("a user") != first
    assert (one / SALT).stat().st_mode & 0o077 == 0
    assert [path.name for path in one.iterdir()] == [SALT]
    assert json.dumps(first)


def test_the_order_of_sides_says_nothing() -> None:
    """Of many pairs either side is shown first in about one half, however chosen and rejected stand."""
    firsts = [pair_of(f"{at:04x}", f"{at * 7919 % 65536:04x}").first == f"{at:04x}" for at in range(2, 2002)]
    assert 900 < sum(firsts) < 1100
