"""The stage that searches: every problem's search at once over one engine, each step in the ledger."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from winnow.steps.engine.protocol import PROMPT, Engine, Parameters, fingerprint_of
from winnow.steps.flights import At
from winnow.steps.ledger.clock import now
from winnow.steps.ledger.nodes import node_row
from winnow.steps.ledger.schema import Sampling, completion_row, event_row, reward_row
from winnow.steps.records import (
    CUT_OFF,
    GREEDY,
    NO_REWARDS,
    Candidate,
    Choice,
    Group,
    Grown,
    Problem,
    Tree,
    canonical,
    key_of,
    place_of,
)
from winnow.steps.sample.config import SampleConfig
from winnow.steps.sample.continuing import as_step, telling
from winnow.steps.sample.sampler import Sampler, all_or_none, requests
from winnow.steps.sample.search.base import SearchConfig
from winnow.steps.sample.search.node import Grow, Node, Rate, Round, Verify
from winnow.steps.score.stage import Score
from winnow.steps.scoring import Reward, Scoring
from winnow.steps.verify.judge import Judge
from winnow.verifiers import Status


def seed_of(config: SampleConfig, problem: str) -> int:
    """The seed of what a problem's search draws itself."""
    return int(key_of(config.seed, problem)[:8], 16)


class Owed(Exception):
    """The search cannot go on in this run: a request failed or was not made, or a score is missing."""


class Searcher(Sampler):
    """The sampler of a recipe that says `search`.

    A search is a function of the answers, and each answer is in the ledger: one that was cut short is told
    them again, and asks for the first that is missing. Only its chains become candidates.
    """

    def __init__(
        self, config: SampleConfig, search: SearchConfig, score: Score | None, verifier: Judge
    ) -> None:
        super().__init__(config)
        self._search = search = search.settled()
        self._score, self._verifier = score, verifier
        self._scoring: Scoring | None = None
        self._way = replace(self.ways[0], stop=(search.stop,) if search.stop else ())
        self.continues, self.separator = bool(search.stop), search.stop

    def _told(self, engine: Engine) -> Sampling:
        self._scoring = self._score.scoring if self._score else None
        search = self._search.told
        scoring = self._scoring.told if self._scoring else None
        found = super()._told(engine)
        return replace(
            found,
            parameters=key_of("search", fingerprint_of(self.ways), canonical(search), canonical(scoring)),
            told=(canonical({**self._way.told, "search": search}),),
        )

    async def advance(self, group: Group) -> bool:
        """Search to the end, or to where asking must end; what was found becomes the group's candidates."""
        tree, group.tree = group.tree or Tree(), None  # which others need not keep
        try:
            chains = await self._run(group, tree)
        except Owed:
            group.complete = False
            return False
        await self._found(group, tree, chains)
        return False

    async def _run(self, group: Group, tree: Tree) -> list[Node]:
        search = self._search.search(seed_of(self.config, group.problem.id))
        try:
            asks = next(search)
            while True:
                asks = search.send(await self._answers(group, tree, asks))
        except StopIteration as end:
            chains: list[Node] = end.value
            return chains

    async def _answers(self, group: Group, tree: Tree, asks: Round) -> Sequence[Any]:
        grows = [ask for ask in asks if isinstance(ask, Grow)]
        if grows:
            return await self._grown(group.problem, tree, grows)
        if chains := [ask.node for ask in asks if isinstance(ask, Verify)]:
            return await self._verified(group, tree, chains)
        return await self._rated(group.problem, tree, [ask.node for ask in asks if isinstance(ask, Rate)])

    async def _grown(self, problem: Problem, tree: Tree, asks: Sequence[Grow]) -> list[Node]:
        """The next steps: those that are not known are asked for at once."""
        self.context.flights.move(problem.id, At.ENGINE)
        wanted = [
            ((place_of(problem.id, ask.parent.steps), GREEDY if ask.greedy else ask.draw), ask.parent.steps)
            for ask in asks
        ]
        missing = {place: parent for place, parent in wanted if place not in tree.grown}
        if missing and not self.context.halt:
            await self.start()
        most = 1 if self.habits.alone else self.engine.most
        asked: list[Coroutine[Any, Any, bool]] = []
        for at, draws in groupby(sorted(missing), key=lambda place: place[0]):
            numbers = [draw for _, draw in draws]
            parent = missing[at, numbers[0]]
            if numbers[0] == GREEDY:
                asked.append(self._draw(problem, tree, parent, GREEDY, 1))
            asked += [
                self._draw(problem, tree, parent, first, n)
                for first, n in requests([one for one in numbers if one != GREEDY], most)
            ]
        came: list[bool] = await all_or_none(asked)
        if not all(came):
            raise Owed
        return [_node(tree.grown[place]) for place, _ in wanted]

    async def _draw(self, problem: Problem, tree: Tree, parent: tuple[str, ...], first: int, n: int) -> bool:
        """Ask for steps after `parent`; whether all of them came."""
        search, steps = self._search, bool(self._search.stop)
        further = search.further(parent)
        place = place_of(problem.id, parent)
        way = self._parameters(greedy=first == GREEDY, begun=bool(parent))
        child = Problem(problem.source_id, (*way.worded(problem.prompt), *further), id=place)
        way = replace(way, prompt=PROMPT)  # what follows is in its own words
        choices, failed = await self.request(problem, child, way, max(first, 0), n)
        rows = []
        for draw, choice in enumerate(choices, first):
            cut = choice.finish_reason in CUT_OFF
            said, ended = (
                as_step(choice, search.answer(parent) if parent else "", search.stop, self.habits)
                if steps
                else (choice, not cut)
            )
            one = Grown(parent, draw, said, ended)
            tree.add(problem.id, one)
            rows.append(node_row(problem, one, self.sampling, self.context.run, now()))
        await self.context.put("nodes", rows)
        return not failed and len(choices) == n

    def _parameters(self, *, greedy: bool, begun: bool) -> Parameters:
        way = replace(self._way, temperature=0.0, top_p=1.0) if greedy else self._way
        if not self._search.stop:
            return way
        return self.going_on(telling(way)) if begun else telling(way)

    async def _rated(self, problem: Problem, tree: Tree, nodes: Sequence[Node]) -> list[float]:
        """The scores of nodes; one of which a scorer can say nothing is the worst."""
        if self._score is None or self._scoring is None:
            return [0.0] * len(nodes)
        self.context.flights.move(problem.id, At.SCORER)
        places = [place_of(problem.id, node.steps) for node in nodes]
        texts = {at: self._search.answer(node.steps) for at, node in zip(places, nodes, strict=True)}
        failed: Reward | None = None
        async for by, rewards in self._score.rewards(problem, texts, tree.rewards):
            at, run = now(), self.context.run
            rows = [
                reward_row(problem.id, place, reward, by, run, at)
                for place, reward in rewards.items()
                if not reward.unpaid
            ]
            await self.context.put("node_rewards", rows)
            for place, reward in rewards.items():
                if reward.failed:
                    failed = reward
                else:
                    tree.rewards.setdefault(place, {})[by[2]] = reward
        if failed is not None:
            if not failed.unpaid:
                await self._unsearched(problem, failed)
            raise Owed
        values = [self._scoring.value(tree.rewards[place]) for place in places]
        return [float("-inf") if value is None else value for value in values]

    async def _unsearched(self, problem: Problem, failed: Reward) -> None:
        """Tell that a search stops because its scorer failed."""
        context, why = self.context, f"the scorer failed: {failed.reason}"
        context.counts["unsearched"] += 1
        context.note(f"a search stopped: {why}")
        await context.put("events", [event_row("search_stopped", problem.id, {"why": why}, context.run)])

    async def _verified(self, group: Group, tree: Tree, chains: Sequence[Node]) -> list[float]:
        """Whether chains pass: they are candidates from now on."""
        await self._found(group, tree, chains)
        await self._verifier.on_group(group)
        verdicts = [candidate.verdict for candidate in group.candidates[: len(chains)]]
        if any(verdict is None or verdict.status is Status.ERROR for verdict in verdicts):
            raise Owed
        return [float(verdict is not None and verdict.status is Status.PASS) for verdict in verdicts]

    async def _found(self, group: Group, tree: Tree, chains: Sequence[Node]) -> None:
        """Make the chains candidates, with the rewards that they have already."""
        problem, sampling, run = group.problem, self.sampling, self.context.run
        have = {candidate.index: candidate for candidate in group.candidates}
        rows, rewards = [], []
        for index, chain in enumerate(chains):
            if (candidate := have.get(index)) is None:
                candidate = Candidate(
                    sampling.key(problem.id, index), index, self._choice(problem, tree, chain)
                )
                group.candidates.append(candidate)
                rows.append(completion_row(problem.id, candidate, sampling, run, now()))
            known = tree.rewards.get(place_of(problem.id, chain.steps), {}) if chain.ended else NO_REWARDS
            rewards += [
                reward_row(problem.id, candidate.id, reward, by, run, now())
                for by in (self._score.scorers if self._score else [])
                if by[2] not in candidate.rewards and (reward := known.get(by[2])) is not None
            ]
            candidate.rewards = {**known, **candidate.rewards}
        group.candidates.sort(key=lambda candidate: candidate.index)
        self.context.counts["completions"] += len(rows)
        await self.context.put("completions", rows)
        await self.context.put("rewards", rewards)
        await asyncio.sleep(0)  # a search that the ledger knows wholly would let nobody else run

    def _choice(self, problem: Problem, tree: Tree, chain: Node) -> Choice:
        """A chain as one completion. What it cost is with its steps, which others have a share in."""
        made = [
            tree.at[place_of(problem.id, chain.steps[:depth])].choice
            for depth in range(1, len(chain.steps) + 1)
        ]
        counted = made if self._search.stop else made[-1:]
        logprobs = [one.logprob for one in counted if one.logprob is not None]
        last = made[-1]
        return replace(
            last,
            text=self._search.answer(chain.steps),
            finish_reason=last.finish_reason if not chain.open else "length",
            tokens=sum(one.tokens for one in counted),
            prompt_tokens=0,
            logprob=sum(logprobs) if len(logprobs) == len(counted) else None,
            seed=None,
            latency=sum(one.latency for one in counted),
            cost=None,
        )


def _node(one: Grown) -> Node:
    return Node(one.steps, one.ended, one.choice.finish_reason in CUT_OFF)
