"""From a ledger to SFT and preference datasets: time and memory, and plain Python over `datasets` beside it.

The ledgers have 64 candidates of 300 characters a problem. winnow builds from all of them; the same rules in
plain Python, from the smallest alone. Both must give the same rows.

    python benchmarks/build.py [--most 10000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from big_ledger import FINGERPRINT, write_big_ledger
from measure import Measured, measure

PEER = 100_000  # candidates, in both


def ours(ledger: Path, out: Path) -> None:
    """In a process of its own: what is measured."""
    from winnow.steps.build.config import BuildConfig
    from winnow.steps.build.datasets import build_datasets
    from winnow.steps.ledger import Ledger

    build_datasets(Ledger(ledger), FINGERPRINT, BuildConfig.both(), out)


def rows_of(folder: Path) -> dict[str, list[str]]:
    """The ids of the rows of each dataset, in order of their problems."""
    import polars as pl

    found = {}
    for kind in ("sft", "preference"):
        rows = pl.read_parquet(folder / kind / "*.parquet", columns=["source_id", "id"])
        found[kind] = rows.sort("source_id", maintain_order=True)["id"].to_list()
    return found


def run(who: str, ledger: Path, out: Path) -> Measured:
    out.mkdir()
    return measure([sys.executable, __file__, f"--{who}", str(ledger), str(out)])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    options.add_argument("--most", type=int, default=10_000_000)
    options.add_argument(
        "--folder", type=Path, help="where the ledgers are written, and kept for the next time"
    )
    for who in ("ours", "peer"):
        options.add_argument(f"--{who}", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.ours:
        ours(*given.ours)
    elif given.peer:
        from peer_datasets import build

        build(*given.peer)
    else:
        with tempfile.TemporaryDirectory(prefix="winnow-build-") as name:
            compare(given.folder or Path(name), Path(name), given.most)


def compare(ledgers: Path, scratch: Path, most: int) -> None:
    print(f"{'':10}{'candidates':>12}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'rows':>10}")
    seen = {}
    for candidates in sorted({PEER, min(1_000_000, most), most}):
        ledger = ledgers / f"ledger-{candidates}"
        if not ledger.exists():
            write_big_ledger(ledger, candidates)
        out = scratch / f"ours-{candidates}"
        seen[candidates] = told = run("ours", ledger, out)
        manifest = json.loads((out / "datasets/manifest.json").read_text(encoding="utf-8"))
        line("winnow", candidates, told, sum(file["rows"] for file in manifest["files"]))
    if PEER in seen:
        out = scratch / "peer"
        peer = run("peer", ledgers / f"ledger-{PEER}", out)
        found = rows_of(out)
        if found != rows_of(scratch / f"ours-{PEER}/datasets"):
            raise SystemExit("the peer's rows are not ours: the comparison means nothing")
        line("datasets", PEER, peer, sum(map(len, found.values())))
        own = seen[PEER]
        print(f"plain Python to winnow, CPU: {peer.cpu / own.cpu:.1f}; wall: {peer.wall / own.wall:.1f}")
    if 1_000_000 in seen and most > 1_000_000:
        print(f"{most:,} to 1,000,000 candidates, CPU: {seen[most].cpu / seen[1_000_000].cpu:.1f}")


def line(who: str, candidates: int, told: Measured, rows: int) -> None:
    print(f"{who:10}{candidates:12,}{told.wall:9.1f}{told.cpu:9.1f}{told.peak_mb:9.0f}{rows:10,}", flush=True)


if __name__ == "__main__":
    main()
