"""What servers tell of how a step ended, and those that tell too little."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from winnow.steps.engine.protocol import Parameters, RequestFailed
from winnow.steps.engine.reply import reply_of
from winnow.steps.errors import MissingError
from winnow.steps.records import Choice, Problem
from winnow.steps.sample.search.continuing import Habits, as_step, habits_of


class Server:
    """An engine that answers with one more word, as told."""

    model, identity, capacity, most = "m", "x", 4, 4

    def __init__(
        self, *, echoes: bool = False, told: Sequence[bool | None] = (False, False), strips: bool = False
    ):
        self.echoes, self.told, self.strips = echoes, told, strips

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        begun = problem.prompt[-1]["content"]
        shown = begun.rstrip() if self.strips else begun
        text = begun + " four" if self.echoes else " four"
        return [Choice(text, prompt_tokens=len(shown), stopped=told) for told in self.told[:n]]


async def found(server: Any) -> Habits:
    return await habits_of(server, Parameters(), "\n\n")


async def test_what_a_server_does() -> None:
    assert await found(Server()) == Habits()
    assert await found(Server(echoes=True, told=(False, None))) == Habits(echoes=True, alone=True)


async def test_servers_that_cannot_be_searched() -> None:
    with pytest.raises(MissingError, match="does not tell whether a stop string ended"):
        await found(Server(told=(None, None)))
    with pytest.raises(MissingError, match="--chat-template"):
        await found(Server(strips=True))

    class Merging(Server):
        """Its vocabulary has `three.` as one token; nothing was stripped."""

        async def sample(self, *asked: Any) -> Sequence[Choice]:
            return [Choice(" four", prompt_tokens=7, stopped=False)]

    assert await habits_of(Merging(), Parameters(), ".") == Habits()

    class Refusing(Server):
        async def sample(self, *asked: Any) -> Sequence[Choice]:
            raise RequestFailed("400")

    with pytest.raises(MissingError, match="goes on with no answer that was begun: 400"):
        await found(Refusing())


@pytest.mark.parametrize(
    ("choice", "reply", "stopped"),
    [
        ({"stop_reason": "\n\n"}, {}, True),  # vLLM: a stop string, a stop token, the end
        ({"stop_reason": 128009}, {}, False),
        ({"stop_reason": None}, {}, False),
        ({"matched_stop": "\n\n"}, {}, True),  # SGLang
        ({"matched_stop": 2}, {}, False),
        ({}, {"__verbose": {"stop_type": "word"}}, True),  # llama.cpp
        ({}, {"__verbose": {"stop_type": "eos"}}, False),
        ({}, {"__verbose": {"stop_type": 7}}, None),
        ({}, {"__verbose": []}, None),
        ({}, {}, None),
    ],
)
def test_what_ended_a_text(choice: dict[str, Any], reply: dict[str, Any], stopped: bool | None) -> None:
    read = reply_of({"choices": [{"message": {"content": "a"}, **choice}], **reply}, b"")
    assert read.said[0].stopped is stopped


def test_a_step_has_its_separator_and_nothing_of_what_came_before() -> None:
    said = Choice("Half, and", stopped=True)
    assert as_step(said, "Half", "|", Habits(echoes=True)) == (replace(said, text=", and|"), False)
    assert as_step(said, "Half", "|", Habits())[0].text == "Half, and|"  # it may well say so again
    assert as_step(Choice("so 4", stopped=False), "", "|", Habits())[1]
    assert not as_step(Choice("so", "length", stopped=False), "", "|", Habits())[1]
