"""What a recipe may say of a search, and what it is told where it may not."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from winnow.pipelines.recipe import Recipe

ENGINE = {"type": "endpoint", "base_url": "http://127.0.0.1:1/v1", "model": "m"}

BEAM = {"search": {"type": "beam"}}
OPTIMAL = {"type": "compute_optimal", "table": [BEAM]}


def made(score: Any = None, **sample: Any) -> Recipe:
    given: dict[str, Any] = {
        "name": "sums",
        "source": {
            "type": "inline",
            "prompt": "q",
            "reference": {"answer": "a"},
            "rows": [{"q": "?", "a": "4"}],
        },
        "sample": {"engine": ENGINE, "search": {"type": "beam"}, **sample},
        "verify": {"type": "number"},
        "score": {"type": "length"} if score is None else score,
    }
    return Recipe.model_validate({key: value for key, value in given.items() if value != "none"})


def test_the_usual_sizes() -> None:
    search = made().sample.search
    assert search is not None
    assert search.model_dump() == {"type": "beam", "n": 16, "width": 4, "depth": 40, "separator": "\n\n"}
    assert search.further(()) == () and search.further(("a\n\n", "b"))[0]["content"] == "a\n\nb"


def test_revisions_are_shown_in_turn_and_only_the_last_ones() -> None:
    search = made("none", search={"type": "revise", "shown": 2, "instruction": "Again."}).sample.search
    assert search is not None
    assert [one["content"] for one in search.further(("a", "b", "c"))] == ["b", "Again.", "c", "Again."]
    assert search.answer(("a", "b")) == "b"


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ({"n": 4}, "give one of `n`, `until` and `search`"),
        ({"max_n": 4}, "`max_n` belongs to `until`"),
        ({"search": {"type": "beam", "n": 6}}, "`n` (6) is no multiple of `width` (4)"),
        ({"search": {"type": "revise", "n": 6}}, "`n` (6) is no multiple of `length` (4)"),
        ({"search": {"type": "compute_optimal"}}, "give one of `table` and `path`"),
        ({"search": {**OPTIMAL, "path": "x"}}, "give one of `table` and `path`"),
        ({"search": {**OPTIMAL, "table": []}}, "at least 1 item"),
        (
            {"search": {**OPTIMAL, "table": [BEAM, BEAM]}},
            "every line of the table but the last needs `below`",
        ),
        ({"search": {**OPTIMAL, "table": [{**BEAM, "below": 0.5}]}}, "the last has none"),
        (
            {"search": {**OPTIMAL, "table": [{**BEAM, "below": 0.5}, {**BEAM, "below": 0.2}, BEAM]}},
            "`below` grows from line to line",
        ),
        (
            {"search": {**OPTIMAL, "table": [{"search": {"type": "beam", "depth": 3}}]}},
            "`depth` stands beside `table`",
        ),
        ({"search": {**OPTIMAL, "strategies": [{"type": "dvts", "separator": "x"}]}}, "`separator` stands"),
        ({"search": {**OPTIMAL, "table": [{"search": {"type": "revise"}}]}}, "revise"),
        ({"stop": ["x"]}, "`stop` is its `separator`"),
        ({"temperature": [0.5, 1.0]}, "a search asks in one way"),
        ({"engine": {**ENGINE, "api": "completions"}}, "an engine that is a chat server"),
        ({"engine": {"type": "replay", "path": "x"}}, "an engine that is a chat server"),
        ({"score": "none"}, "add `score`"),
        ({"score": {"type": "votes"}}, "`score: {type: votes}` scores whole answers"),
        ({"score": {"type": "recorded", "path": "x"}}, "`score: {type: recorded}` scores whole answers"),
        (
            {
                "score": {
                    "type": "ensemble",
                    "of": [{"type": "length"}, {"type": "random"}],
                    "combine": "majority",
                }
            },
            "`combine: majority` looks at whole groups",
        ),
    ],
)
def test_what_cannot_be(keys: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        made(**keys)
    assert why in str(refused.value)
