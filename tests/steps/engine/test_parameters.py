"""Which messages are sent, under which seeds, and what of it is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from winnow.steps.engine.protocol import Parameters, fingerprint_of
from winnow.steps.records import Message, Problem, messages_of

SHOWN: tuple[Message, ...] = ({"role": "user", "content": "1 + 1?"}, {"role": "assistant", "content": "2"})


def said(*spelled: str) -> tuple[Message, ...]:
    return tuple({"role": role, "content": content} for role, content in (one.split(": ") for one in spelled))


def sent(parameters: Parameters, *prompt: str) -> list[str]:
    messages = parameters.messages(Problem("p", said(*prompt)))
    return [f"{one['role']}: {one['content']}" for one in messages]


def test_examples_stand_between_the_system_prompts_and_the_question():
    asked = Parameters(system="Add.", few_shot=SHOWN)
    assert sent(asked, "user: 2 + 2?") == ["system: Add.", "user: 1 + 1?", "assistant: 2", "user: 2 + 2?"]
    assert sent(asked, "system: Be brief.", "user: 2 + 2?")[:3] == [
        "system: Add.",
        "system: Be brief.",
        "user: 1 + 1?",
    ]
    assert sent(asked, "system: Be brief.")[-1] == "assistant: 2"


def test_a_variant_puts_the_last_question_into_other_words():
    asked = Parameters(prompt="Think. {prompt} {not a field}", few_shot=SHOWN)
    talk = ("user: one?", "assistant: 1", "user: {prompt} two?")
    assert sent(asked, *talk)[2:] == [
        "user: one?",
        "assistant: 1",
        "user: Think. {prompt} two? {not a field}",
    ]
    assert sent(asked, "assistant: so")[-1] == "assistant: so"


def test_no_two_ways_share_a_seed():
    problem = Problem("p", messages_of("q"))
    ways = [Parameters(way=way, ways=3) for way in range(3)]
    plain = [Parameters().seed_of(problem, index) for index in range(12)]
    assert [ways[index % 3].seed_of(problem, index // 3) for index in range(12)] == plain
    assert len(set(plain)) == 12


@pytest.mark.parametrize("more", [{"few_shot": SHOWN}, {"prompt": "So: {prompt}"}, {"system": "x"}])
def test_another_prompt_is_another_run(more):
    plain, other = Parameters(), replace(Parameters(), **more)
    assert fingerprint_of([plain]) != fingerprint_of([other])
    assert fingerprint_of([plain, other]) != fingerprint_of([other, plain])
    assert "few_shot" not in plain.told and "prompt" not in plain.told
    turns = [replace(plain, way=way, ways=2) for way in range(2)]
    assert len({one.fingerprint for one in (plain, *turns)}) == 3 and turns[0].told == plain.told


def test_of_examples_the_ledger_has_a_hash():
    told = Parameters(few_shot=SHOWN).told["few_shot"]
    assert told["messages"] == 2 and len(told["hash"]) == 32
    changed = (SHOWN[0], {**SHOWN[1], "content": "3"})
    assert Parameters(few_shot=changed).told["few_shot"] != {**told}
