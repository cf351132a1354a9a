"""A judge that compares answers, two at a time and in both orders, since judges prefer a place."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from winnow.steps.engine.protocol import EngineUnreachable, RequestFailed
from winnow.steps.records import Candidate, Problem
from winnow.steps.score.judge import Judging, asked_of
from winnow.steps.score.pairs import Pair, bradley_terry, pairs_of, win_rates
from winnow.steps.scoring import Comparison, Reward
from winnow.verifiers.golden.thinking import without_thoughts
from winnow.verifiers.verdict import cut

Places = tuple[str, str]  # the digests of what was shown first and second
Keep = Callable[[Places, Comparison], Awaitable[None]]
_RATINGS = {"win_rate": win_rates, "bradley_terry": bradley_terry}
_WORTH = {"a": 1.0, "b": 0.0, "tie": 0.5}
# At the end and not in quotes, as with scores: "**Better: B**", "Better: Answer A."
_BETTER = re.compile(r"""(?<![\w"'“‘«])better\W{0,8}?(?:answer\s+)?(a|b|tie)\W*$""", re.IGNORECASE)


class Tournament(Judging):
    """The scorer behind a `judge` of the form `pairwise`.

    Whoever drives it holds the comparisons that were made, so none is asked for twice. A pair counts where
    the judge said something usable in both orders; its score is their mean, so a judge that goes by the
    place alone makes a tie (Zheng et al. 2023, arXiv 2306.05685).
    """

    def owed(self, candidates: Sequence[Candidate], held: Mapping[Places, Comparison]) -> list[Places]:
        """The comparisons that are still to be made of these."""
        return uncompared(candidates, held, self._config.opponents)

    async def compare(
        self, problem: Problem, candidates: Sequence[Candidate], places: Sequence[Places], keep: Keep
    ) -> None:
        """Ask for these comparisons, and let each be kept as soon as it is there, or known to be unpaid."""
        texts = {one.digest: without_thoughts(one.text).strip() for one in candidates}

        async def one(place: Places) -> None:
            await keep(place, await self._compared(problem, texts[place[0]], texts[place[1]]))

        await asyncio.gather(*map(one, places))

    def rewards(self, candidates: Sequence[Candidate], held: Mapping[Places, Comparison]) -> list[Reward]:
        """What the comparisons make of each; equal texts have equal ones."""
        texts = _texts(candidates)
        scores: dict[Pair, float] = {}
        for one, other in pairs_of(len(texts), self._config.opponents):
            told = held.get((texts[one].digest, texts[other].digest))
            back = held.get((texts[other].digest, texts[one].digest))
            for comparison in (told, back):
                if comparison is None or comparison.failed:
                    why = comparison.reason if comparison else "not asked for"
                    return [Reward.error(cut(f"a comparison is missing: {why}"))] * len(candidates)
            if told and back and told.score is not None and back.score is not None:
                scores[one, other] = (told.score + 1 - back.score) / 2
        rated = dict(zip((one.digest for one in texts), self._rated(len(texts), scores), strict=True))
        why = "nothing to compare it with" if len(texts) < 2 else "the judge said nothing usable of its pairs"
        values = [rated[one.digest] for one in candidates]
        return [Reward(value, reason="" if value is not None else why) for value in values]

    def _rated(self, count: int, scores: Mapping[Pair, float]) -> list[float | None]:
        return _RATINGS[self._config.rating](count, scores)

    async def _compared(self, problem: Problem, first: str, second: str) -> Comparison:
        asked = asked_of(self._config, problem, {"answer-a": first, "answer-b": second})
        try:
            whole, reason = await self.answers(asked)
        except (RequestFailed, EngineUnreachable) as failure:
            return self.in_vain(failure, Comparison)
        found = [_WORTH[named[1].lower()] for text in whole if (named := _BETTER.search(text))]
        if not found:
            return Comparison(reason=cut(f"the judge did not end with Better: A, B or tie: {reason}"))
        return Comparison(sum(found) / len(found), reason)


def uncompared(
    candidates: Sequence[Candidate], held: Mapping[Places, Comparison], opponents: int
) -> list[Places]:
    """The comparisons that are still to be made of these, each meeting so many, both orders of each pair."""
    texts = _texts(candidates)
    pairs = pairs_of(len(texts), opponents)
    both = [order for one, other in pairs for order in ((one, other), (other, one))]
    places = [(texts[one].digest, texts[other].digest) for one, other in both]
    return [place for place in places if place not in held or held[place].failed]


def _texts(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates, by index, without those whose text is there already."""
    found: dict[str, Candidate] = {}
    for one in sorted(candidates, key=lambda candidate: candidate.index):
        found.setdefault(one.digest, one)
    return list(found.values())
