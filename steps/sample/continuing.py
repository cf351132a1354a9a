"""Going on with half an answer, as searches and rollouts do: what a server is told, and what it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from winnow.steps.engine.protocol import PROMPT, Engine, Parameters, RequestFailed
from winnow.steps.errors import MissingError
from winnow.steps.records import CUT_OFF, Choice, Problem

# vLLM and SGLang go on with the last message where these say so, llama.cpp always does.
_GO_ON = {"continue_final_message": True, "add_generation_prompt": False}
# llama.cpp tells what ended a text only then, and of these words alone.
_TELL = {"verbose": True, "response_fields": ["stop_type"]}
_BEGUN = "One, two, three"  # no mark at its end: many vocabularies have marks with line ends as one token


@dataclass(frozen=True, slots=True)
class Habits:
    """What a server does: it `echoes` what it goes on with, and tells how a text ended only where it is
    asked for one `alone`."""

    echoes: bool = False
    alone: bool = False

    def rest(self, said: str, begun: str) -> str:
        """Of what the server said, what follows the beginning that it went on with."""
        return said.removeprefix(begun) if self.echoes else said


def telling(way: Parameters) -> Parameters:
    """Parameters that ask for the beginning of an answer, and to be told what ended it."""
    return replace(way, extra={**way.extra, **_TELL})


def going_on(way: Parameters) -> Parameters:
    """Parameters that ask for what comes after the last message, which was begun."""
    return replace(way, extra={**way.extra, **_GO_ON})


async def habits_of(engine: Engine, way: Parameters, separator: str = "") -> Habits:
    """What the engine's server does with half an answer, by two to five requests for a token.

    Args:
        separator: what ends a step, where answers are asked for step by step.

    Raises:
        MissingError: it does not go on with one, or steps cannot be asked of it; the message says why.
    """
    plain = replace(way, temperature=0.0, max_tokens=1, prompt=PROMPT, few_shot=())
    if separator:
        plain = telling(plain)
    try:
        found = await engine.sample(_asked(_BEGUN), going_on(plain), 0, min(2, engine.most))
        if not found:
            raise RequestFailed("it answers nothing")
        if separator:
            _tells(found)
            await _keeps(engine, going_on(plain), found[0].prompt_tokens, separator)
        await _goes_on(engine, plain, found[0].prompt_tokens)
    except RequestFailed as failure:
        raise MissingError(f"the server goes on with no answer that was begun: {failure}") from None
    return Habits(
        echoes=found[0].text.startswith(_BEGUN), alone=any(choice.stopped is None for choice in found)
    )


def _tells(found: Sequence[Choice]) -> None:
    if found[0].stopped is None:
        raise MissingError(
            "the server does not tell whether a stop string ended a text, so a search cannot know which step "
            "is the last: vLLM, SGLang and llama.cpp tell"
        )


async def _keeps(engine: Engine, way: Parameters, tokens: int, separator: str) -> None:
    """See that white space at the end of what was begun, all that a template may strip, is not stripped."""
    if not separator.isspace():
        return
    longer = await engine.sample(_asked(_BEGUN + separator), way, 0, 1)
    if longer and 0 < longer[0].prompt_tokens == tokens:
        raise MissingError(
            "the server's chat template strips the end of an answer that was begun, so its steps would run "
            "together: give the server one that does not (vLLM: --chat-template)"
        )


async def _goes_on(engine: Engine, plain: Parameters, tokens: int) -> None:
    """See that a prompt of so many tokens ends in what was begun, by the tokens of others.

    Whoever goes on only when told so has fewer then, for nothing closes the message and begins another.
    With as many it is one who always does, or who never does: for him what was begun takes more tokens than
    its words do, which follow from how many they take twice.
    """
    if not tokens:
        raise MissingError(
            "the server does not tell how many tokens a prompt has, so nobody can see whether it goes on "
            "with an answer that was begun: vLLM, SGLang and llama.cpp tell"
        )
    try:
        closed = await _tokens(engine, _asked(_BEGUN), plain)
    except RequestFailed:
        return  # without being told so nobody may end with half an answer
    if tokens < closed:
        return
    alone = await _tokens(engine, _asked(), plain)
    twice = await _tokens(engine, _asked(f"{_BEGUN} {_BEGUN}"), going_on(plain))
    if (tokens - alone) - (twice - tokens) > 0:
        raise MissingError(
            "the server begins a new message where it is to go on with one that was begun. vLLM and SGLang "
            "go on by `continue_final_message`, llama.cpp does by itself: ask one of these"
        )


async def _tokens(engine: Engine, asked: Problem, way: Parameters) -> int:
    return sum(choice.prompt_tokens for choice in await engine.sample(asked, way, 0, 1))


def _asked(begun: str = "") -> Problem:
    half = [{"role": "assistant", "content": begun}] if begun else []
    return Problem("", ({"role": "user", "content": "Count."}, *half))


def as_step(choice: Choice, begun: str, separator: str, habits: Habits) -> tuple[Choice, bool]:
    """The step that a choice is, with the separator that ended it, and whether it is the last one.

    >>> as_step(Choice("Half, and", stopped=True), "Half", "|", Habits(echoes=True))[0].text
    ', and|'
    """
    text = habits.rest(choice.text, begun)
    if choice.stopped and not text.endswith(separator):
        text += separator
    return replace(choice, text=text), not choice.stopped and choice.finish_reason not in CUT_OFF
