"""Many checks in a row, every third hostile: what leaks, and whether an honest verdict ever changes.

Counts processes, descriptors, mounts, control groups and files of this machine before and after, and the
memory of the forkservers and of this process along the way. `--load` keeps every processor busy meanwhile.

    python benchmarks/sandbox_soak.py [--checks 10000] [--load]
"""

from __future__ import annotations

import argparse
import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

from measure import family

from winnow.verifiers.code.sandbox.box import Judged, Limits, Sandbox

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.attacks import ATTACKS, CHECK, HONEST

SUITE = {"hidden": [CHECK], "entry_point": "solve"}
LIMITS = Limits(seconds=1, asleep=5.0, memory=256 * 1024**2, disk=16 * 1024**2)
SPIN = "import os\nwhile os.getppid() == PARENT: sum(range(100000))"
WRONG = "def solve(x):\n    return x + x\n"


def passes(found: Judged) -> bool:
    return "1" in found.hidden and "0" not in found.hidden and not (found.why or found.trouble)


def state() -> dict[str, int]:
    """What a check could leave behind on this machine."""
    mine = family(os.getpid())
    return {
        "processes": len(mine),
        "descriptors": sum(_count(f"/proc/{pid}/fd") for pid in mine),
        "mounts": len(Path("/proc/self/mounts").read_text().splitlines()),
        "control groups": sum(1 for _ in Path("/sys/fs/cgroup").rglob("cgroup.procs")),
        "files in /tmp": _count("/tmp"),
        "shared memory": _count("/dev/shm"),
    }


def memory() -> int:
    """Kilobytes, of this process and the forkservers."""
    total = 0
    for pid in family(os.getpid()):
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total


def _count(folder: str) -> int:
    try:
        return len(os.listdir(folder))  # noqa: PTH208
    except OSError:
        return 0


def main() -> None:
    """Run the checks; end with 1 where anything leaked or a verdict changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--load", action="store_true")
    arguments = parser.parse_args()
    box = Sandbox()
    for program in (HONEST, WRONG, *list(ATTACKS.values())[:5]):
        box.judge(program, SUITE, LIMITS)
    before, first = state(), memory()
    spin = [sys.executable, "-c", SPIN.replace("PARENT", str(os.getpid()))]
    busy = [subprocess.Popen(spin) for _ in range(os.cpu_count() or 1) if arguments.load]
    hostile = itertools.cycle(ATTACKS.items())
    wrong: list[str] = []
    highest, began = first, time.monotonic()
    for number in range(arguments.checks):
        if number % 3 == 0:
            name, program = next(hostile)
            found = box.judge(program.replace("SECRET", "/nonexistent").replace("PORT", "9"), SUITE, LIMITS)
            if passes(found) or found.trouble:
                wrong.append(f"{name}: {found}")
        else:
            right = number % 3 == 1
            found = box.judge(HONEST if right else WRONG, SUITE, LIMITS)
            if passes(found) is not right or found.trouble:
                wrong.append(f"{'right' if right else 'wrong'} program: {found}")
        if number % 500 == 499:
            highest = max(highest, memory())
            rate = (number + 1) / (time.monotonic() - began)
            print(f"{number + 1} checks, {rate:.0f}/s, {memory() / 1024:.1f} MB", file=sys.stderr, flush=True)
    for one in busy:
        one.kill()
        one.wait()
    last, after = memory(), state()
    print(f"{arguments.checks} checks, {'under full load' if arguments.load else 'on an idle machine'}")
    print(f"{'':<18}{'before':>9}{'after':>9}")
    for name, count in before.items():
        print(f"{name:<18}{count:>9}{after[name]:>9}")
    print(f"{'memory, MB':<18}{first / 1024:>9.1f}{last / 1024:>9.1f}   at most {highest / 1024:.1f}")
    print(f"verdicts that are not as they should be: {len(wrong)}")
    for one in wrong[:20]:
        print(f"  {one}")
    leaked = any(after[name] > count for name, count in before.items() if name != "files in /tmp")
    box.close()
    sys.exit(bool(wrong) or leaked or last > 1.2 * first + 2048)


if __name__ == "__main__":
    main()
