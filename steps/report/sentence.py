"""What a comparison comes to, in a sentence."""

from __future__ import annotations

from winnow.steps.report.comparison import AtK, Comparison

LEVEL = 0.05
"""P-values up to this show a difference."""


def with_verdict(told: Comparison, *, several: bool) -> Comparison:
    """With the verdict: of k = 1, and of the greatest k where that says otherwise."""
    if not told.at_k:
        verdict = f"{told.first} and {told.second} have no judged problem in common: nothing can be compared"
        return told.model_copy(update={"verdict": verdict})
    one, last = told.at_k[0], told.at_k[-1]
    verdict = f"{_said(told.second, one)}: {_figures(one, several)} on {one.problems:,} problems"
    if _way(last) != _way(one):
        verdict += f"; {_said('it', last)}: {_figures(last, several)}"
    return told.model_copy(update={"verdict": verdict})


def _way(one: AtK) -> int:
    return 0 if one.holm > LEVEL else 1 if one.difference > 0 else -1


def _said(name: str, one: AtK) -> str:
    ways = {1: f"{name} solves more at k={one.k}", -1: f"{name} solves fewer at k={one.k}"}
    return ways.get(_way(one), f"no difference shown at k={one.k}")


def _figures(one: AtK, several: bool) -> str:
    interval = "" if one.low is None or one.high is None else f" [{short(one.low)}, {short(one.high)}]"
    p = told_p(one.holm)
    told = f"p{p}" if p.startswith("<") else f"p={p}"
    return f"{short(one.difference, sign=True)}{interval}, {told}{' (Holm)' if several else ''}"


def told_p(p: float) -> str:
    """A p-value, as far as 10,000 draws tell it.

    >>> told_p(0.0312), told_p(0.0004), told_p(0.00005)
    ('.031', '.0004', '<.0001')
    """
    return "<.0001" if p < 0.0001 else short(p, 4 if p < 0.001 else 3)


def short(value: float, digits: int = 2, *, sign: bool = False) -> str:
    """A number of at most 1, without its leading zero.

    >>> short(0.078, sign=True), short(-0.031), short(1.0), short(0.0004, 4)
    ('+.08', '-.03', '1.00', '.0004')
    """
    told = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(told) == 0:
        told = told.lstrip("+-")
    return told.replace("0.", ".", 1) if abs(value) < 1 and "1." not in told else told
