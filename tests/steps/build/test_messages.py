"""The conversation that a row shows: system prompts kept, dropped, sampled or given; thoughts kept or not."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from winnow.steps.build.messages import answer_of, conversation, prompt_of
from winnow.steps.select.config import MessagesConfig

USER = {"role": "user", "content": "2 + 2?"}
OWN = {"role": "system", "content": "Be brief."}
_MESSAGES = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))


def frame(
    *prompt: dict[str, str], text: str = "4", thought: str | None = None, told: str = "{}"
) -> pl.DataFrame:
    row = {"messages": list(prompt), "text": text, "reasoning": thought, "sampling": told}
    schema = {"messages": _MESSAGES, "text": pl.String, "reasoning": pl.String, "sampling": pl.String}
    return pl.DataFrame([row], schema=schema)


def prompts(system: str, *prompt: dict[str, str], told: str = "{}") -> list[dict[str, str]]:
    chosen = frame(*prompt, told=told).select(prompt_of(MessagesConfig(system=system)))
    return list(chosen.item().to_list())


def answer(text: str, reasoning: str | None = None, **config: Any) -> dict[str, str]:
    chosen = frame(USER, text=text, thought=reasoning).select(answer_of(MessagesConfig(**config)))
    (message,) = chosen.item().to_list()
    return dict(message)


def test_the_problems_own_system_prompt() -> None:
    assert prompts("keep", OWN, USER) == [OWN, USER]
    assert prompts("drop", OWN, USER) == [USER]
    assert prompts("drop", {"role": "developer", "content": "Be brief."}, USER) == [USER]
    assert prompts("drop", USER, {"role": "assistant", "content": "4"}, USER)[1]["content"] == "4"


def test_the_samplers_system_prompt_stands_first_as_it_was_sent() -> None:
    told = '{"system":"Say \\"4\\".","temperature":0.8}'
    said = {"role": "system", "content": 'Say "4".'}
    assert prompts("sampled", OWN, USER, told=told) == [said, OWN, USER]
    assert prompts("sampled", OWN, USER, told='{"temperature":0.8}') == [OWN, USER]


def test_a_given_system_prompt_stands_for_all_others() -> None:
    given = {"role": "system", "content": "Think first."}
    assert prompts("Think first.", OWN, USER) == [given, USER]
    assert prompts("Think first.", USER) == [given, USER]


@pytest.mark.parametrize(
    ("thinking", "content"), [("keep", "<think>2 and 2</think>\n\n4"), ("strip", "4"), ("field", "4")]
)
def test_thoughts(thinking: str, content: str) -> None:
    message = answer("<think>2 and 2</think>\n\n4", thinking=thinking)
    assert message["content"] == content
    assert message.get("reasoning_content") == ("2 and 2" if thinking == "field" else None)


def test_a_thought_that_came_apart_is_the_field() -> None:
    assert answer("4", "2 and 2", thinking="field", field="thinking") == {
        "role": "assistant",
        "content": "4",
        "thinking": "2 and 2",
    }
    assert answer("4", "2 and 2", thinking="keep") == {"role": "assistant", "content": "4"}
    assert answer("4", thinking="field")["reasoning_content"] is None


def test_a_conversation_has_one_kind_of_message() -> None:
    config = MessagesConfig(system="Think first.", thinking="field")
    whole = frame(OWN, USER, text="<think>2 and 2</think>4").select(conversation(config)).item().to_list()
    assert [message["role"] for message in whole] == ["system", "user", "assistant"]
    assert [message["reasoning_content"] for message in whole] == [None, None, "2 and 2"]
    assert whole[-1]["content"] == "4"


def test_a_system_prompt_is_no_template() -> None:
    """What a recipe says, and what a model says, stands there as it is."""
    assert prompts("{answer} $1 \\1", USER)[0]["content"] == "{answer} $1 \\1"
    assert answer("{answer} $1 \\1", thinking="strip")["content"] == "{answer} $1 \\1"
