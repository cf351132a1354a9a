"""Going on with half an answer: what a server is told for that, and what it tells of how a step ended."""

from __future__ import annotations

from dataclasses import dataclass, replace

from winnow.steps.engine.protocol import Engine, Parameters, RequestFailed
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


def first_step(way: Parameters) -> Parameters:
    """Parameters that ask for the beginning of an answer."""
    return replace(way, extra={**way.extra, **_TELL})


def next_step(way: Parameters) -> Parameters:
    """Parameters that ask for what comes after the last message."""
    return replace(way, extra={**way.extra, **_TELL, **_GO_ON})


async def habits_of(engine: Engine, way: Parameters, separator: str) -> Habits:
    """What the engine's server does, by two requests for a token.

    Raises:
        MissingError: steps cannot be asked of it; the message says why.
    """
    asking = next_step(replace(way, temperature=0.0, max_tokens=1, prompt="{prompt}"))
    try:
        found = await engine.sample(_begun(_BEGUN), asking, 0, min(2, engine.most))
        longer = await engine.sample(_begun(_BEGUN + separator), asking, 0, 1)
    except RequestFailed as failure:
        raise MissingError(f"the server goes on with no answer that was begun: {failure}") from None
    if not found or found[0].stopped is None:
        raise MissingError(
            "the server does not tell whether a stop string ended a text, so a search cannot know which step "
            "is the last: vLLM, SGLang and llama.cpp tell"
        )
    blank = separator.isspace()  # nothing else is stripped
    if blank and longer and 0 < longer[0].prompt_tokens == found[0].prompt_tokens:
        raise MissingError(
            "the server's chat template strips the end of an answer that was begun, so its steps would run "
            "together: give the server one that does not (vLLM: --chat-template)"
        )
    return Habits(
        echoes=found[0].text.startswith(_BEGUN), alone=any(choice.stopped is None for choice in found)
    )


def _begun(said: str) -> Problem:
    prompt = ({"role": "user", "content": "Count."}, {"role": "assistant", "content": said})
    return Problem("", prompt)


def as_step(choice: Choice, begun: str, separator: str, habits: Habits) -> tuple[Choice, bool]:
    """The step that a choice is, with the separator that ended it, and whether it is the last one.

    >>> as_step(Choice("Half, and", stopped=True), "Half", "|", Habits(echoes=True))[0].text
    ', and|'
    """
    text = choice.text.removeprefix(begun) if habits.echoes else choice.text
    if choice.stopped and not text.endswith(separator):
        text += separator
    return replace(choice, text=text), not choice.stopped and choice.finish_reason not in CUT_OFF
