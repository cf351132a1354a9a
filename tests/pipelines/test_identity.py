"""Which recipe may go on in which folder."""

from __future__ import annotations

import pytest

from winnow.pipelines.identity import differences

BEFORE = {
    "name": "x",
    "source": {"type": "inline", "prompt": "q", "rows": [{"q": "a"}, {"q": "b"}], "limit": 2},
    "sample": {"engine": {"type": "llamacpp", "model": "m", "slots": 4}, "temperature": 0.8, "n": 4},
    "verify": {"type": "number"},
}


def changed(part: str, **keys: object) -> list[str]:
    return differences(BEFORE, {**BEFORE, part: {**BEFORE[part], **keys}})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("part", "keys"),
    [
        ("sample", {"n": 64}),
        ("sample", {"until": {"pass": 1}, "n": None}),
        ("sample", {"engine": {"type": "endpoint", "model": "m", "base_url": "http://127.0.0.1:1"}}),
        ("source", {"rows": [{"q": "b"}, {"q": "a"}, {"q": "c"}]}),
        ("source", {"limit": 3}),
        ("source", {"limit": None}),
        ("source", {"on_bad_row": "skip"}),
        ("verify", {"type": "exact"}),
    ],
)
def test_it_may_go_on(part: str, keys: dict[str, object]) -> None:
    assert changed(part, **keys) == []


@pytest.mark.parametrize(
    ("part", "keys", "told"),
    [
        ("sample", {"temperature": 1.0}, "sample.temperature was 0.8 and is 1.0"),
        ("sample", {"top_p": 0.5}, "sample.top_p was not set and is 0.5"),
        ("sample", {"engine": {"model": "m", "api": "completions"}}, "sample.engine.api was not set"),
        ("sample", {"engine": {"model": "other"}}, 'sample.engine.model was "m" and is "other"'),
        ("source", {"rows": [{"q": "a"}]}, "source.rows was"),
        ("source", {"limit": 1}, "source.limit was 2 and is 1"),
        ("source", {"type": "jsonl"}, 'source.type was "inline" and is "jsonl"'),
    ],
)
def test_it_is_another(part: str, keys: dict[str, object], told: str) -> None:
    (line,) = changed(part, **keys)
    assert line.startswith(told)
