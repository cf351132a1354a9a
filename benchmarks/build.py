"""From a ledger to SFT and preference datasets: time and memory, and plain Python over `datasets` beside it.

The ledgers have 64 candidates of 300 characters a problem. winnow builds from all of them; the same rules in
plain Python, from the smallest alone. Both must give the same rows. `build s` is CPU time without that of
starting Python and importing libraries, about half a second for either.

    python benchmarks/build.py [--most 10000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from big_ledger import FINGERPRINT, write_big_ledger
from measure import Measured, measure

PEER = 100_000  # candidates, in both


def child(who: str, ledger: Path, out: Path) -> None:
    """In a process of its own: what is measured."""
    if who == "ours":
        from winnow.steps.build.config import BuildConfig
        from winnow.steps.build.datasets import build_datasets
        from winnow.steps.ledger import Ledger

        began = time.process_time()
        build_datasets(Ledger(ledger), FINGERPRINT, BuildConfig.both(), out)
    else:
        import datasets  # noqa: F401 - not to be counted
        from peer_datasets import build

        began = time.process_time()
        build(ledger, out)
    (out / "seconds").write_text(str(time.process_time() - began))


def rows_of(folder: Path) -> dict[str, list[str]]:
    """The ids of the rows of each dataset, in order of their problems."""
    import polars as pl

    found = {}
    for kind in ("sft", "preference"):
        rows = pl.read_parquet(folder / kind / "*.parquet", columns=["source_id", "id"])
        found[kind] = rows.sort("source_id", maintain_order=True)["id"].to_list()
    return found


def run(who: str, ledger: Path, out: Path) -> tuple[Measured, float]:
    out.mkdir()
    told = measure([sys.executable, __file__, "--child", who, str(ledger), str(out)])
    return told, float((out / "seconds").read_text())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--most", type=int, default=10_000_000)
    options.add_argument(
        "--folder", type=Path, help="where the ledgers are written, and kept for the next time"
    )
    options.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]), Path(given.child[2]))
        return
    with tempfile.TemporaryDirectory(prefix="winnow-build-") as name:
        compare(given.folder or Path(name), Path(name), given.most)


def compare(ledgers: Path, scratch: Path, most: int) -> None:
    print(f"{'':10}{'candidates':>12}{'wall s':>9}{'CPU s':>9}{'build s':>9}{'peak MB':>9}{'rows':>10}")
    seen = {}
    for candidates in sorted({min(one, most) for one in (PEER, 1_000_000, most)}):
        ledger = ledgers / f"ledger-{candidates}"
        if not ledger.exists():
            write_big_ledger(ledger, candidates)
        out = scratch / f"ours-{candidates}"
        told, seconds = run("ours", ledger, out)
        seen[candidates] = seconds
        manifest = json.loads((out / "datasets/manifest.json").read_text(encoding="utf-8"))
        line("winnow", candidates, told, seconds, sum(file["rows"] for file in manifest["files"]))
    if PEER in seen:
        out = scratch / "peer"
        told, seconds = run("peer", ledgers / f"ledger-{PEER}", out)
        found = rows_of(out)
        if found != rows_of(scratch / f"ours-{PEER}/datasets"):
            raise SystemExit("the peer's rows are not ours: the comparison means nothing")
        line("datasets", PEER, told, seconds, sum(map(len, found.values())))
        print(f"plain Python to winnow: {seconds / seen[PEER]:.1f}")
    if 1_000_000 in seen and most > 1_000_000:
        print(f"{most:,} to 1,000,000 candidates: {seen[most] / seen[1_000_000]:.1f}")


def line(who: str, candidates: int, told: Measured, seconds: float, rows: int) -> None:
    figures = f"{told.wall:9.1f}{told.cpu:9.1f}{seconds:9.2f}{told.peak_mb:9.0f}{rows:10,}"
    print(f"{who:10}{candidates:12,}{figures}", flush=True)


if __name__ == "__main__":
    main()
