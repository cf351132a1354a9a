"""Accuracy against tokens of best-of-N, votes, beam, lookahead, DVTS and compute_optimal, by difficulty.

The world is scripted (`tests/support/informed.py`): chains of six steps, each of which may go wrong, and a
PRM that tells a right beginning from a wrong one with a known accuracy. Of what a search finds the answer
with the greatest sum of scores is chosen. Tables of compute_optimal are fitted on problems of their own.

    python benchmarks/search.py [--problems 200] [--accuracy 0.95] [--plot docs/images/search.svg]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import altair as alt

from winnow.steps.report.plots.drawing import Chart, rows, svg
from winnow.steps.report.plots.theme import INK, PALETTE
from winnow.steps.sample.search.beam import beam
from winnow.steps.sample.search.dvts import best_of, dvts
from winnow.steps.sample.search.node import driven
from winnow.steps.sample.search.optimal_config import ComputeOptimalConfig
from winnow.steps.sample.search.tuning import Choose, fitted, is_right, try_each

sys.path.append(str(Path(__file__).parents[1] / "tests"))
from support.informed import Informed, mixed

LEVELS = (0.97, 0.5, 0.2, 0.05, 0.01)  # pass rates of a single answer
SIZES = (4, 16, 64)
SINGLE = (1, 2, 4, 8, 16, 32, 64)  # of answers that nobody prunes
TOKENS = 20  # a step
SLACK = 0.02  # for a cheaper search
WIDTH, HEIGHT = 230, 190
TABLE = 16  # the size that the printed table is of
WAYS: dict[str, Choose] = {"best of N": "best", "weighted": "weighted", "majority": "majority"}
NAMES = (*WAYS, "beam", "lookahead", "DVTS", "compute_optimal")
COLOURS = dict(zip(NAMES, [*PALETTE[:6], INK], strict=True))


@dataclass(frozen=True)
class Point:
    level: float
    name: str
    n: int
    right: float
    tokens: float


def config(n: int) -> ComputeOptimalConfig:
    """What may be chosen with a budget of `n`."""
    tried = [{"type": kind, "n": n} for kind in ("best_of", "beam", "dvts")]
    few = [{"type": "best_of", "n": 4}] if n > 4 else []
    return ComputeOptimalConfig.model_validate(
        {"type": "compute_optimal", "path": "fitted here", "strategies": [*few, *tried]}
    )


class World:
    """Problems of a difficulty; `part` 0 are those that tables are fitted on."""

    def __init__(self, problems: int, accuracy: float) -> None:
        self.problems, self.accuracy = problems, accuracy

    def of(self, level: float, part: int) -> Iterator[Informed]:
        for at in range(self.problems):
            seed = mixed(at, round(1000 * level), part)
            yield Informed(seed, level, accuracy=self.accuracy)

    def tuned(self, n: int) -> ComputeOptimalConfig:
        plain = config(n)
        tried = [try_each(one.known, plain, 0, "weighted") for level in LEVELS for one in self.of(level, 0)]
        return plain.model_copy(update={"table": [line.bin(plain) for line in fitted(tried, SLACK)]})


def measured(world: World, level: float, tuned: dict[int, ComputeOptimalConfig]) -> list[Point]:
    """Every point of one difficulty."""
    sums: dict[tuple[str, int], list[float]] = {}

    def add(name: str, n: int, right: bool, steps: int) -> None:
        held = sums.setdefault((name, n), [0.0, 0.0])
        held[0], held[1] = held[0] + right, held[1] + steps

    for problem in world.of(level, 1):
        known = problem.known
        answers = driven(best_of(SINGLE[-1], problem.depth), known.answer)
        for n in SINGLE:
            options = known.options(answers[:n])
            for name, choose in WAYS.items():
                add(name, n, is_right(options, choose), n * problem.depth)
        for n in SIZES:
            searches = {
                "beam": beam(n, 4, problem.depth),
                "lookahead": beam(n, 4, problem.depth, ahead=1),
                "DVTS": dvts(n, 4, problem.depth),
                "compute_optimal": tuned[n].search(0),
            }
            for name, search in searches.items():
                add(name, n, *known.tried(search, "weighted"))
    count = world.problems
    return [
        Point(level, name, n, right / count, steps * TOKENS / count)
        for (name, n), (right, steps) in sums.items()
    ]


def chart(points: list[Point], accuracy: float) -> Chart:
    """A panel a difficulty, and one that names the lines."""
    panels = [panel(points, level) for level in LEVELS]
    said = (
        f"By how often a single answer is right. The PRM tells right from wrong in {accuracy:.0%} of pairs."
    )
    title = alt.TitleParams("What a search makes of its tokens", subtitle=[said])
    grid = alt.vconcat(alt.hconcat(*panels[:3]), alt.hconcat(*panels[3:], names()))
    return grid.properties(title=title)


def panel(points: list[Point], level: float) -> alt.LayerChart:
    data = rows(*[vars(one) for one in points if one.level == level])
    along = alt.X("tokens:Q").scale(type="log", domain=[100, 16_000], nice=False)
    base = alt.Chart(data).encode(
        along.axis(values=[100, 1000, 10_000], format="~s").title("Tokens a problem (log scale)"),
        alt.Y("right:Q").scale(domain=[0, 1]).axis(format="%", tickCount=5).title("Right"),
        alt.Color("name:N").scale(domain=list(COLOURS), range=list(COLOURS.values())),
        alt.Order("tokens:Q"),
    )
    lines, dots = base.mark_line(strokeWidth=2.2), base.mark_point(filled=True, size=34, opacity=1)
    said = alt.TitleParams(f"single answers: {level:.0%} right", fontSize=13, color=INK, offset=6)
    return alt.layer(lines, dots).properties(width=WIDTH, height=HEIGHT, title=said)


def names() -> alt.LayerChart:
    """The colours, where a panel would stand."""
    base = alt.Chart(rows(*[{"name": name, "at": at} for at, name in enumerate(NAMES)])).encode(
        alt.Y("at:Q").scale(domain=[len(NAMES), -1]).axis(None),
        alt.Color("name:N").scale(domain=list(COLOURS), range=list(COLOURS.values())),
    )
    place = alt.X(datum=0.1).scale(domain=[0, 1]).axis(None)
    dots = base.mark_point(filled=True, size=60, opacity=1).encode(place)
    text = base.mark_text(align="left", dx=12, fontWeight=600).encode(place, alt.Text("name:N"))
    return alt.layer(dots, text).properties(width=WIDTH, height=HEIGHT)


def show(points: list[Point]) -> None:
    """The table: of one size, shares and tokens."""
    print(f"| pass rate | {' | '.join(NAMES)} |\n|{'---|' * (len(NAMES) + 1)}")
    at = {(one.level, one.name): one for one in points if one.n == TABLE}
    for level in LEVELS:
        cells = [f"{at[level, name].right:.3f}" for name in NAMES]
        print(f"| {level:.0%} | {' | '.join(cells)} |")
    tokens = [sum(at[level, name].tokens for level in LEVELS) / len(LEVELS) for name in NAMES]
    print(f"| tokens | {' | '.join(f'{one:,.0f}' for one in tokens)} |")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--problems", type=int, default=200, help="of each difficulty")
    options.add_argument("--accuracy", type=float, default=0.95, help="of the PRM")
    options.add_argument("--plot", type=Path)
    given = options.parse_args()
    world = World(given.problems, given.accuracy)
    tuned = {n: world.tuned(n) for n in SIZES}
    for line in tuned[TABLE].bins():
        print(f"first answers below {line.below}: {line.search.type} {getattr(line.search, 'n', '')}")
    points = [point for level in LEVELS for point in measured(world, level, tuned)]
    show(points)
    if given.plot:
        given.plot.write_text(svg(chart(points, given.accuracy)), encoding="utf-8")


if __name__ == "__main__":
    main()
