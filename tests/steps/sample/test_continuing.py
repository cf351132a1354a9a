"""What servers tell of how a step ended, and those that tell too little."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from winnow.steps.engine.protocol import Parameters, RequestFailed
from winnow.steps.engine.reply import reply_of
from winnow.steps.errors import MissingError
from winnow.steps.records import Choice, Problem
from winnow.steps.sample.continuing import Habits, as_step, habits_of


class Server:
    """An engine that answers with one more word, and counts a prompt as a template has it."""

    model, identity, capacity, most = "m", "x", 4, 4

    def __init__(
        self,
        goes_on: str = "asked",
        *,
        echoes: bool = False,
        told: Sequence[bool | None] = (False, False),
        strips: bool = False,
        closing: int = 1,
        opening: int = 4,
    ):
        self.goes_on, self.echoes, self.told, self.strips = goes_on, echoes, told, strips
        self.closing, self.opening = closing, opening
        self.asked: list[int] = []

    async def sample(self, problem: Problem, parameters: Parameters, start: int, n: int) -> Sequence[Choice]:
        assert parameters.max_tokens == 1
        self.asked.append(n)
        last = problem.prompt[-1]
        begun = last["content"] if last["role"] == "assistant" else ""
        flags = parameters.extra.get("continue_final_message") and begun
        open_ = begun and (self.goes_on == "always" or (self.goes_on == "asked" and flags))
        words = len(re.findall(r"\w+|[^\w\s]|\n+", begun.rstrip() if self.strips else begun))
        tokens = 9 + self.opening + words  # the first message, and the next one's head
        if begun and not open_:
            tokens += self.closing + self.opening
        text = begun + " four" if self.echoes else " four"
        return [Choice(text, prompt_tokens=tokens, stopped=told) for told in self.told[:n]]


async def found(server: Any, separator: str = "\n\n") -> Habits:
    return await habits_of(server, Parameters(), separator)


async def test_what_a_server_does() -> None:
    server = Server()
    assert await found(server) == Habits() and server.asked == [2, 1, 1]
    assert await found(Server(), "") == Habits()  # whole answers need no more
    assert await found(Server(strips=True), "") == Habits()
    assert await found(Server(echoes=True, told=(False, None))) == Habits(echoes=True, alone=True)


# With a head or without, as Mistral's template has it, whose generation prompt is empty.
@pytest.mark.parametrize("opening", [0, 4])
async def test_who_goes_on(opening: int) -> None:
    for separator in ("", "\n\n"):
        server = Server("always", opening=opening)
        assert await found(server, separator) == Habits()
        assert len(server.asked) == (5 if separator else 4)
        with pytest.raises(MissingError, match="begins a new message where it is to go on"):
            await found(Server("never", opening=opening), separator)


async def test_servers_that_cannot_be_searched() -> None:
    with pytest.raises(MissingError, match="does not tell whether a stop string ended"):
        await found(Server(told=(None, None)))
    with pytest.raises(MissingError, match="--chat-template"):
        await found(Server(strips=True))
    # Its vocabulary has `three.` as one token, and nothing was stripped.
    assert await habits_of(Server(), Parameters(), ".") == Habits()

    class Silent(Server):
        async def sample(self, *asked: Any) -> Sequence[Choice]:
            return [Choice(" four")]

    with pytest.raises(MissingError, match="does not tell how many tokens"):
        await found(Silent(), "")

    class Refusing(Server):
        async def sample(self, *asked: Any) -> Sequence[Choice]:
            raise RequestFailed("400")

    with pytest.raises(MissingError, match="goes on with no answer that was begun: 400"):
        await found(Refusing())

    class Strict(Server):
        async def sample(self, problem: Problem, parameters: Parameters, *range: int) -> Sequence[Choice]:
            if not parameters.extra.get("continue_final_message"):
                raise RequestFailed("400: the last message must be the user's")
            return await super().sample(problem, parameters, *range)

    assert await found(Strict()) == Habits()


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
