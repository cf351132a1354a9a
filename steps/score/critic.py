"""A judge that reads an answer step by step, and names the first wrong one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from winnow.steps.engine.protocol import EngineUnreachable, RequestFailed
from winnow.steps.records import Candidate, Problem
from winnow.steps.score.judge import Judging, asked_of
from winnow.steps.scoring import Reward
from winnow.steps.select.reasoning import reasoning_steps
from winnow.verifiers.golden.thinking import without_thoughts
from winnow.verifiers.verdict import cut

# The whole of the last line, so not in a sentence or a quote: an answer may say of itself that it has none.
_FIRST = re.compile(
    r"^[ \t*_#]*(?:the )?first wrong step(?: is)?[ \t*_:=$\\(`<\[]{0,8}(?:boxed\{)?(?:step[ -])?"
    r"([-\u2212\u2013]?\d{1,4})\W*\Z",
    re.IGNORECASE | re.MULTILINE,
)
_MINUS = str.maketrans("\u2212\u2013", "--")


class Critic(Judging):
    """The scorer behind a `judge` of the form `steps`.

    Steps are those of a process reward model, and of `label`. A step has the share of the judgements that
    find nothing wrong up to it, itself included: of one judgement 1 before the first wrong step, and 0 from
    there on. For what follows a wrong step nobody has said to be right, and no `aggregate` shall forget it.
    So the first score below a half is at the median of the places that are named.
    """

    async def _judged(self, problem: Problem, candidate: Candidate) -> Reward:
        steps = reasoning_steps(without_thoughts(candidate.text))
        if not steps:
            return Reward(steps=())
        said = {f"step-{at}": step for at, step in enumerate(steps)}
        try:
            whole, reason = await self.answers(asked_of(self._config, problem, said))
        except (RequestFailed, EngineUnreachable) as failure:
            return self.in_vain(failure, Reward)
        found = [sound for text in whole if (sound := sound_in(text, len(steps))) is not None]
        if not found:
            wanted = f"First wrong step: and a number from -1 to {len(steps) - 1}"
            return Reward(reason=cut(f"the judge did not end with {wanted}: {reason}"))
        return Reward(steps=shares(found, len(steps)), reason=reason)


def sound_in(text: str, steps: int) -> int | None:
    """How many of so many steps come before the first wrong one, as a judgement ends; all, where none is.

    >>> sound_in("Step 1 adds wrongly.\\n**First wrong step: 1**", 3), sound_in("First wrong step: -1", 3)
    (1, 3)
    >>> sound_in("First wrong step: 3", 3), sound_in('It says "First wrong step: -1"', 3)
    (None, None)
    """
    named = _FIRST.search(text)
    if not named:
        return None
    place = int(named[1].translate(_MINUS))
    if place == -1:
        return steps
    return place if 0 <= place < steps else None


def shares(sound: Sequence[int], steps: int) -> tuple[float, ...]:
    """Of each of so many steps the share of judgements that find it and all before it right.

    >>> shares([1, 3, 2, 2], 3)
    (1.0, 0.75, 0.25)
    """
    return tuple(sum(one > at for one in sound) / len(sound) for at in range(steps))
