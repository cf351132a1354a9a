"""How often the intervals of pass@k cover the truth: 1,000 worlds of problems whose pass rates are Beta.

python benchmarks/intervals.py [--worlds 1000]
"""

from __future__ import annotations

import argparse
from math import exp, lgamma

import numpy as np

from winnow.steps.report.curves import pass_curve

RATES = ((0.5, 1.0), (0.5, 1.5), (0.3, 3.0), (1.0, 1.0), (0.2, 0.2), (3.0, 0.5))
ASKED = ((80, 16, (1, 2, 4, 8, 16)), (164, 100, (1, 2, 5, 10, 25, 50, 100)))


def truth(a: float, b: float, k: int) -> float:
    """pass@k of problems whose pass rates are Beta(a, b)."""
    return 1 - exp(lgamma(b + k) - lgamma(b) + lgamma(a + b) - lgamma(a + b + k))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--worlds", type=int, default=1_000)
    worlds = options.parse_args().worlds
    for problems, n, ks in ASKED:
        print(f"{problems} problems, {n} completions each: coverage of 95% intervals (true pass@k)")
        print(f"{'rates':>15}" + "".join(f"{f'pass@{k}':>15}" for k in ks))
        for a, b in RATES:
            chance = np.random.default_rng(7)
            wanted = np.array([truth(a, b, k) for k in range(1, n + 1)])
            hits = np.zeros(n)
            for _ in range(worlds):
                told = pass_curve([n] * problems, chance.binomial(n, chance.beta(a, b, problems)), n)
                hits += (told.low <= wanted) & (wanted <= told.high)
            cells = "".join(f"{f'{hits[k - 1] / worlds:.3f} ({wanted[k - 1]:.3f})':>15}" for k in ks)
            print(f"{f'Beta({a:g}, {b:g})':>15}{cells}", flush=True)


if __name__ == "__main__":
    main()
