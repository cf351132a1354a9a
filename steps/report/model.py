"""A report as data: what `report.json` holds, and what tables, plots and pages are made of.

Every share is of 0 to 1, every interval the 95% one, tokens are counts, costs are in the currency of the
recipe's prices. `None` means: not known, or does not apply. What a model wrote is in none of it.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

VERSION = 1


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Point(_Told):
    """One place of a curve: the value at `k` completions a problem, with its interval."""

    k: int
    value: float
    low: float | None = None
    high: float | None = None
    problems: int
    """How many problems it was taken from."""


class Law(_Told):
    """`-log coverage(k) = a * k^(-b)`, fitted, and what it forecasts.

    `backtest_error` is the mean absolute error of the law fitted to the first quarter of the completions
    where it forecasts the rest: never show a forecast without it.
    """

    a: float
    b: float
    fitted_to: int
    """The greatest k that was fitted."""
    backtest_error: float | None
    forecast: list[Point]
    """Up to ten times the completions a problem."""


class Curves(_Told):
    """What grows with the completions a problem, each from k = 1."""

    pass_at_k: list[Point]
    """Unbiased. Where each problem is asked equally often, from all its completions, up to as many as half of
    the problems have: `problems` tells how many have k. Where asking stops early, from the first completions
    of each, up to as many as every problem has: to count the others would favour what was solved late."""
    solved_by_k: list[Point]
    """The share of problems with a pass among their first k: also where asking stopped early."""
    majority: list[Point] = Field(default_factory=list)
    best_of_n: list[Point] = Field(default_factory=list)
    weighted: list[Point] = Field(default_factory=list)
    law: Law | None = None


class Spend(_Told):
    """Coverage against what it costs, a row a k: tokens and cost of all problems asked k times."""

    k: int
    coverage: float
    tokens: int
    cost: float | None


class Bin(_Told):
    """A bar of a histogram: from `low` (included) to `high` (included in the last)."""

    low: float
    high: float
    count: int


class Family(_Told):
    """Problems that have a value of a metadata column in common; `value` is `all` for the whole.

    Without `pass_at_1`, `coverage` and its interval where no verdict says right or wrong.
    """

    value: str
    problems: int
    completions: int
    pass_at_1: float | None
    coverage: float | None
    """pass@n: the share of problems with at least one pass; from `low` to `high`."""
    low: float | None
    high: float | None
    tokens: int
    rows: dict[str, int]
    """Kept rows by dataset."""
    pass_at_k: list[Point] = Field(default_factory=list)
    """As in `Curves`, of these problems alone and at the same k: a line of the plot by family."""
    solved_by_k: list[Point] = Field(default_factory=list)
    """As in `Curves`: it reaches further where asking stopped early, as the demo's does."""


class Kept(_Told):
    """A dataset of the last build, and what a row of it cost."""

    dataset: str
    rows: int
    tokens_per_row: float | None
    cost_per_row: float | None
    figures: dict[str, float]
    """As the build tells them: pass_rate, length_<side>, longer_is_chosen, easiest_quarter."""


class Server(_Told):
    """What answered, and how fast: tokens of completions a second while there were requests; None where
    nobody told how long a request took, as of batches and replays."""

    name: str
    completions: int
    tokens: int
    rate: float | None
    cost: float | None


class Counts(_Told):
    """How much there is. Shares are of the completions."""

    problems: int
    solved: int
    completions: int
    distinct: int
    """Completions that no earlier one of their problem equals, word for word."""
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    judge_tokens: int = 0
    """What of the tokens, prompts included, judges took."""
    judge_cost: float | None = None
    """What of the cost judges took."""
    statuses: dict[str, int]
    """By last verdict: pass, fail, error, skip."""
    truncated: int
    failed: int
    """Requests that were given up."""
    flips: int
    """Completions on which the verifier changed its mind."""
    tokens_per_solved: float | None
    cost_per_solved: float | None


class Disagreement(_Told):
    """Verdict against reward: how often a randomly drawn pass has a higher reward than a fail (AUC), and the
    mean reward of both."""

    auc: float
    mean_pass: float
    mean_fail: float
    completions: int


class Audit(_Told):
    """How far the verdicts can be trusted: by golden answers, by flips, by what people said."""

    verifier: str
    version: str
    golds: int | None = None
    golds_passed: int | None = None
    reviewed: int = 0
    precision: float | None = None
    precision_low: float | None = None
    precision_high: float | None = None
    reward: Disagreement | None = None


class RunReport(_Told):
    """All that there is to tell of one run."""

    name: str
    models: list[str]
    parameters: list[str]
    """The sampling parameters as JSON, one text a way of asking."""
    counts: Counts
    curves: Curves
    spend: list[Spend]
    first_pass: list[Bin]
    """Problems by the number of completions until the first pass."""
    difficulty: list[Bin]
    """Problems by pass rate, in ten bins."""
    lengths: dict[str, list[Bin]]
    """Completions by length in characters, at the same bins: of those that passed (`pass`), and of those that
    failed (`fail`). The last bin reaches to the longest."""
    families: dict[str, list[Family]]
    """By metadata column; `family` is there always. The last row of each is of all problems; `(none)` are
    problems that say nothing, `(others)` those of the values that few have."""
    kept: list[Kept]
    servers: list[Server]
    audit: Audit
    recipe: str
    """The YAML, as the run's folder has it."""
    manifest: str
    """JSON, without what is told elsewhere."""


class Report(_Told):
    """Of one run or several, in the order in which they were named."""

    version: int = VERSION
    runs: list[RunReport]
