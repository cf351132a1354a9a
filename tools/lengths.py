"""Check the lengths of files: the median at most 130 lines, none over 400."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

MEDIAN, LONGEST = 130, 400
FOLDERS = ("pipelines", "steps", "verifiers", "tests", "benchmarks", "tools")


def main() -> int:
    root = Path(__file__).resolve().parent.parent
    files = [path for folder in FOLDERS for path in (root / folder).rglob("*.py") if path.stat().st_size]
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    long = [
        f"{path.relative_to(root)}: {n} lines, make it two files"
        for path, n in lengths.items()
        if n > LONGEST
    ]
    modules = [n for path, n in lengths.items() if path.name != "__init__.py"]
    median = statistics.median(modules)
    if median > MEDIAN:
        long.append(f"the median file has {median:.0f} lines, over {MEDIAN}")
    print("\n".join(long) or f"{len(modules)} files, median {median:.0f} lines, longest {max(modules)}")
    return 1 if long else 0


if __name__ == "__main__":
    sys.exit(main())
