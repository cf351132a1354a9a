"""A problem's search as the ledger has it: what was asked before is answered from there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from winnow.steps.answers import answer_of
from winnow.steps.records import CUT_OFF, GREEDY, NO_REWARDS, Candidate, Grown, Tree, place_of
from winnow.steps.sample.search.base import SearchConfig
from winnow.steps.sample.search.node import Ask, Grow, Node, Rate
from winnow.steps.sample.search.tuning import Known, Option
from winnow.steps.scoring import Reward, Scoring
from winnow.verifiers import Status


class Unfinished(Exception):
    """The ledger lacks an answer: the search was cut short."""


@dataclass(frozen=True, slots=True)
class Replay:
    """What the ledger has of one problem: its tree, and its candidates by their texts."""

    problem: str
    search: SearchConfig
    scoring: Scoring
    tree: Tree
    candidates: Mapping[str, Candidate]

    @property
    def known(self) -> Known:
        """It as what strategies can be tried on; what it is asked raises Unfinished where it is not known."""
        return Known(self._answer, lambda ask: self._grown(ask).choice.tokens, self._options)

    def _answer(self, ask: Ask) -> Node | float:
        if isinstance(ask, Grow):
            one = self._grown(ask)
            return Node(one.steps, one.ended, one.choice.finish_reason in CUT_OFF)
        return self._score(ask.node) if isinstance(ask, Rate) else float(self._passed(ask.node))

    def _grown(self, ask: Grow) -> Grown:
        draw = GREEDY if ask.greedy else ask.draw
        try:
            return self.tree.grown[place_of(self.problem, ask.parent.steps), draw]
        except KeyError:
            raise Unfinished from None

    def _score(self, node: Node) -> float:
        return self._value(self.tree.rewards.get(place_of(self.problem, node.steps), NO_REWARDS))

    def _value(self, rewards: Mapping[str, Reward]) -> float:
        try:
            value = self.scoring.value(rewards)
        except KeyError:
            raise Unfinished from None
        return float("-inf") if value is None else value

    def _passed(self, node: Node) -> bool:
        verdict = self._candidate(node).verdict
        if verdict is None:
            raise Unfinished
        return verdict.status is Status.PASS

    def _candidate(self, node: Node) -> Candidate:
        try:
            return self.candidates[self.search.answer(node.steps)]
        except KeyError:
            raise Unfinished from None

    def _options(self, chains: Sequence[Node]) -> list[Option]:
        return [self._option(one) for one in chains]

    def _option(self, node: Node) -> Option:
        if not node.ended:
            return Option(float("-inf"), None, False)
        candidate = self._candidate(node)
        said = candidate.verdict.extracted if candidate.verdict else None
        # The candidate's: no search has rated the probe's chains where these are there for their verdicts.
        return Option(self._value(candidate.rewards), answer_of(said, candidate.digest), self._passed(node))
