"""How rows are chosen: the parts of `build` that name a dataset."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

RANKS = ("verdict", "reward", "length", "logprob")
DIVERSITY = "diversity"
SYSTEMS = ("keep", "drop", "sampled")


class MessagesConfig(BaseModel):
    """The conversation that a row shows.

    `system`: `keep` the problem's own; `drop` it; `sampled`: first what the sampler said to the model, then
    the problem's own; any other text replaces both. `thinking`: `keep` what the model thought in its text,
    `strip` it, or move it to a `field` of its message, also where the engine returned it apart.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    system: str = "keep"
    thinking: Literal["keep", "strip", "field"] = "keep"
    field: Literal["reasoning_content", "thinking"] = "reasoning_content"
    """With `thinking: field`: what that field is called."""

    @field_validator("system")
    @classmethod
    def _is_known_or_said(cls, system: str) -> str:
        if system not in SYSTEMS and len(system.split()) < 2:
            raise ValueError(f"{system!r} is no setting: use {', '.join(SYSTEMS)}, or a prompt of some words")
        return system

    @property
    def alike(self) -> Literal["digest", "said"]:
        """The column by which two completions are the same row: their texts, or these without thoughts."""
        return "said" if self.thinking == "strip" else "digest"


class KindConfig(BaseModel):
    """What every kind of dataset may say."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    messages: MessagesConfig = Field(default_factory=MessagesConfig)
    """What the conversation of a row shows."""


class CandidatesConfig(KindConfig):
    """Everything that was judged, for others to choose from."""


class TrustingConfig(KindConfig):
    """What counts as right, and how hard a problem may be.

    `trust: agreement` goes by CodeT's dual agreement instead of the verdicts, for tests that a model made;
    `trust: votes` by the answer that at least `min_share` of a problem's completions give, where nobody
    knows the right one; `trust: reward` by rewards, where those above their problem's mean are the better
    ones, and those below it the worse. `pass_rate` is the least and the greatest share of right ones a
    problem may have.
    """

    trust: Literal["verdict", "agreement", "votes", "reward"] = "verdict"
    """What counts as right: the `verdict`, CodeT's `agreement`, most `votes`, or a `reward` over the mean."""
    min_share: float | None = Field(default=None, gt=0, le=1)
    """With `trust: votes`: so many of a problem's completions must give the answer; without it, a half."""
    pass_rate: list[float] = Field(default_factory=lambda: [0.0, 1.0], min_length=2, max_length=2)

    @field_validator("pass_rate")
    @classmethod
    def _is_a_band(cls, band: list[float]) -> list[float]:
        if not 0 <= band[0] <= band[1] <= 1:
            raise ValueError(f"{band} is no band: use [least, greatest], both between 0 and 1")
        return band

    @model_validator(mode="after")
    def _shares_are_of_votes(self) -> Self:
        if self.min_share is not None and self.trust != "votes":
            raise ValueError(f"`min_share` belongs to `trust: votes`, not to {self.trust}: leave it out")
        if self.trust == "reward" and self.pass_rate != [0.0, 1.0]:
            raise ValueError("`pass_rate` is of right ones, and rewards tell better from worse: leave it out")
        return self


class GrpoConfig(TrustingConfig):
    """One row a problem: its prompt and its answer. What is always or never solved teaches nothing."""

    trust: Literal["verdict", "agreement", "votes"] = "verdict"
    pass_rate: list[float] = Field(default_factory=lambda: [0.05, 0.95], min_length=2, max_length=2)


class RankedConfig(TrustingConfig):
    """At most `per_problem` rows a problem, the best by `rank_by`."""

    per_problem: int = Field(default=2, gt=0)
    """Rows of a problem at most."""
    rank_by: list[str] = Field(default_factory=lambda: ["verdict", "-length"])
    """What is better, the first key first: `verdict`, `reward`, `length`, `logprob`; `-`: the least first."""

    @field_validator("rank_by")
    @classmethod
    def _known(cls, keys: list[str]) -> list[str]:
        for key in keys:
            if key == DIVERSITY and DIVERSITY not in cls.ranks():
                raise ValueError(f"{key!r} ranks rows of `sft` only: use {', '.join(cls.ranks())}")
            if key.removeprefix("-") not in cls.ranks() or key == f"-{DIVERSITY}":
                known = ", ".join(cls.ranks())
                raise ValueError(f"{key!r} is no rank: use {known}, with a - for the least first")
        return keys

    @classmethod
    def ranks(cls) -> tuple[str, ...]:
        """By what rows of this kind may be ranked."""
        return RANKS

    @property
    def scale(self) -> Literal["score", "reward"]:
        """In what margins are measured: the first of `verdict` (its score) and `reward` in `rank_by`."""
        named = [key.removeprefix("-") for key in self.rank_by]
        return (
            "reward" if [key for key in named if key in ("verdict", "reward")][:1] == ["reward"] else "score"
        )


class SftConfig(RankedConfig):
    """At most `per_problem` verified completions of a problem, no two alike.

    `distinct` tells what makes two alike: their `text`; their `equations`, or where there are none their
    words (rejection-sampling finetuning, RFT); or their `code`, whatever its names, comments and layout.
    """

    distinct: Literal["text", "equations", "code"] = "text"

    @classmethod
    def ranks(cls) -> tuple[str, ...]:
        return (*RANKS, DIVERSITY)


class KtoConfig(RankedConfig):
    """At most `per_problem` completions of each label; `balanced`: as many of one as of the other."""

    balanced: bool = False
    """As many right ones as wrong ones of each problem."""


class StepwiseConfig(RankedConfig):
    """At most `per_problem` completions of each outcome, where the label of every step is proven.

    With `agree` only those of which the recipe's scorer of steps, a process reward model or a judge, thinks
    the same: its first score below this is that of the first bad step, and of an answer that passed it has
    none (Zhang et al. 2025, "The Lessons of Developing Process Reward Models", arXiv 2501.07301).
    """

    trust: Literal["verdict", "agreement", "votes"] = "verdict"
    agree: float | None = Field(default=None, gt=0, lt=1)


class PreferenceConfig(RankedConfig):
    """At most `per_problem` pairs of a problem, by `rule`; no candidate stands in more than `most_uses`."""

    rule: Literal[
        "best_vs_worst",
        "correct_vs_incorrect",
        "margin",
        "mu_minus_2sigma",
        "hard_negative",
        "length_matched",
        "near_duplicate",
        "step_level",
    ] = "best_vs_worst"
    """Which right one is paired with which wrong one."""
    most_uses: int = Field(default=1, gt=0)
    """Pairs that one candidate may stand in."""
    min_margin: float | None = Field(default=None, ge=0)
    """With `rule: margin`: by so much the two sides must differ at least."""

    @model_validator(mode="after")
    def _margins_are_of_their_rule(self) -> Self:
        if self.min_margin is not None and self.rule != "margin":
            raise ValueError(f"`min_margin` belongs to `rule: margin`, not to {self.rule}: leave it out")
        return self


class RewardConfig(PreferenceConfig):
    """Pairs as `preference` has them, for a reward model: with a prompt of their own, or whole dialogues."""

    prompt: Literal["explicit", "implicit"] = "explicit"
    """`explicit`: beside the two answers; `implicit`: both sides are whole dialogues."""


class StepPreferenceConfig(KindConfig):
    """Pairs of next steps after one beginning, at most `per_problem` of a problem (Lai et al. 2024,
    "Step-DPO", arXiv 2406.18629).

    `by: labels`: the first bad step of an answer that failed, against one that led on to a right end. `by:
    tree`: of the steps that a search grew from one beginning the best scored against the worst (Xie et al.
    2024, arXiv 2405.00451), where their scores are `margin` apart, the widest first.
    """

    by: Literal["labels", "tree"] = "labels"
    per_problem: int = Field(default=4, gt=0)
    margin: float | None = Field(default=None, gt=0)  # 0.1

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.margin is not None and self.by != "tree":
            raise ValueError("`margin` is between scores, and labels have none: leave it out")
        if self.messages.thinking != "keep":
            raise ValueError(
                "`messages.thinking` must be `keep`: a step is of the text as the model wrote it"
            )
        return self


class ReviewsConfig(BaseModel):
    """How far what people said counts; a majority of at least `min_reviews` of them speaks.

    `override`: they beat the verifier; where they are tied, nothing is a row. `drop_on_disagreement`: what
    they contradict, or are tied about, is no row. `only_reviewed`: as `override`, and what they did not
    review is no row. A pair whose rejected side they prefer is turned round, unless `contradicted_pairs` are
    to be dropped; by `drop_on_disagreement` it always is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    rule: Literal["override", "drop_on_disagreement", "only_reviewed"]
    """Who wins: people (`override`), nobody (`drop_on_disagreement`), or they alone (`only_reviewed`)."""
    min_reviews: int = Field(default=1, gt=0)
    contradicted_pairs: Literal["flip", "drop"] = "flip"

    @property
    def people_win(self) -> bool:
        """Whether what they say is so, where the verifier says otherwise."""
        return self.rule != "drop_on_disagreement"
