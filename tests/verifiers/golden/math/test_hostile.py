"""Whatever an answer holds, it is judged at once, in little memory, and the next verdict is right."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from winnow.verifiers import Status, VerifierPool, load

MEGA = 1_000_000
MOST_MEMORY = 512 * 1024**2
DEADLINE = 20.0  # an answer takes half a second where nothing else runs
GOLD = (r"\sqrt{3+2\sqrt{2}}", r"(0,9) \cup (9,36)", "x^2+1", "11", r"\text{(C)}")

HOSTILE = {
    "nested braces": r"\boxed{" + "{" * 100_000 + "}" * 100_000 + "}",
    "open braces": r"\boxed{" + "{" * 100_000,
    "nested boxes": r"\boxed{" * 100_000 + "7" + "}" * 100_000,
    "a tower of powers": r"\boxed{9**9**9**9}",
    "the same in LaTeX": r"\boxed{9^{9^{9^{9}}}}",
    "a number of 5 MB": r"\boxed{" + "7" * 5 * MEGA + "}",
    "one that is bare": "7" * 5 * MEGA,
    "a huge factorial": r"\boxed{99999999999!}",
    "factorials of factorials": r"\boxed{((9!)!)!}",
    "a binomial coefficient": r"\boxed{\binom{9999999}{4999999}}",
    "50,000 fractions": r"\boxed{" + r"\frac{1}{" * 50_000 + "1" + "}" * 50_001,
    "30 fractions": r"\boxed{" + r"\frac{1}{1+" * 30 + "x" + "}" * 31,
    "390 fractions": r"\boxed{" + r"\frac" * 390 + "2}",
    "390 roots": r"\boxed{" + r"\sqrt" * 390 + "2}",
    "35 nested roots": r"\boxed{" + r"\sqrt{2+" * 35 + "2" + "}" * 36,
    "slashes": r"\boxed{" + "1/" * 900 + "1}",
    "signs": r"\boxed{" + "-" * 1_900 + "7}",
    "powers in a row": r"\boxed{" + "x^" * 900 + "7}",
    "a product of powers": r"\boxed{" + r"2^{20000}\cdot " * 100 + "1}",
    "a power of a sum": r"\boxed{((x+y)^{60}+z)^{60}}",
    "exponentials": r"\boxed{e^{e^{e^{e^{9}}}}}",
    "a sine of a huge number": r"\boxed{\sin(10^{9999})}",
    "a sum for ever": r"\boxed{\sum_{i=1}^{10^{10}} i!}",
    "an integral": r"\boxed{\int_0^1 e^{e^x} dx}",
    "a power of a matrix": r"\boxed{\begin{pmatrix}1&1\\1&0\end{pmatrix}^{99999}}",
    "a large set": r"\boxed{\{" + ",".join(f"x+{place}" for place in range(60)) + r"\}}",
    "a product of sums": r"\boxed{" + "".join(f"(x_{place}+1)" for place in range(9)) * 8 + "}",
    "a null byte": "\\boxed{7\0}",
    "null bytes": "\0" * MEGA,
    "text in both directions": "\\boxed{\u202e7\u202d}",
    "signs of direction": "\u202e" * MEGA,
    "dollars": "$" * MEGA,
    "open formulas": "\\(" * 500_000,
    "answers": "the answer is " * 100_000,
    "blanks behind a number": "A: 7" + " " * MEGA + "x",
    "lines": "answer is" + "\n" * MEGA + "x",
    "empty marks": "####" * 200_000,
    "marks without boxes": "\\boxed" * 200_000,
    "blanks behind a box": "\\boxed" + " " * MEGA,
    "backslashes": "\\" * MEGA,
    "commas": "1," * MEGA,
    "thoughts": "<think>" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_in_one_process(name: str) -> None:
    judge = load("math")
    for gold in GOLD[1:]:
        began = time.process_time()
        verdict = judge({"answer": gold}, HOSTILE[name])
        assert time.process_time() - began < 3, gold  # under 0.5 s where nothing else runs
        assert verdict.status is Status.FAIL, verdict


async def test_in_a_pool_with_little_memory() -> None:
    async with VerifierPool("math", workers=1, deadline=DEADLINE, memory=MOST_MEMORY) as pool:
        for name, text in HOSTILE.items():
            began = time.monotonic()
            verdicts = await pool.judge(
                [({"answer": GOLD[0]}, text), ({"answer": GOLD[0]}, r"\boxed{1+\sqrt2}")]
            )
            spent = time.monotonic() - began
            assert [verdict.status for verdict in verdicts] == [Status.FAIL, Status.PASS], (name, verdicts)
            assert spent < DEADLINE, (name, spent)


async def test_the_slow_path_works_in_a_worker_with_little_memory() -> None:
    asked = [
        (r"\int_0^1 x dx", r"\boxed{\int_0^1 x\,dx}"),
        ("1/2x", r"\boxed{\frac{1}{2x}}"),
        ("1/2x", r"\boxed{x}"),
    ]
    async with VerifierPool("math", workers=1, deadline=30, memory=MOST_MEMORY) as pool:
        verdicts = await pool.judge([({"answer": gold}, text) for gold, text in asked])
    assert [verdict.status for verdict in verdicts] == [Status.PASS, Status.PASS, Status.FAIL]


def test_resident_memory_stays_small_over_all_of_them(tmp_path: Path) -> None:
    """In a process of its own, hostile answers one after another; the most it ever held is looked at."""
    script = (
        "import re, sys\n"
        "from winnow.verifiers import load\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from test_hostile import GOLD, HOSTILE\n"
        "judge = load('math')\n"
        "judge({'answer': '1/2x'}, r'\\boxed{x}')\n"
        "for text in HOSTILE.values():\n"
        "    for gold in GOLD[:2]:\n"
        "        judge({'answer': gold}, text)\n"
        # not getrusage's figure: that one begins with what the process that started this one held
        "print(int(re.search(r'VmHWM:\\s*(\\d+) kB', open('/proc/self/status').read())[1]) * 1024)\n"
    )
    path = tmp_path / "script.py"
    path.write_text(script)
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=240, check=True
    )
    assert int(done.stdout) < MOST_MEMORY


def test_a_huge_number_equals_itself() -> None:
    digits = "1234567890" * 100_000
    judge = load("math")
    assert judge({"answer": digits}, f"\\boxed{{{digits}}}").status is Status.PASS
    assert judge({"answer": digits}, f"\\boxed{{{digits[:-1]}1}}").status is Status.FAIL


def test_the_names_of_verifiers_load_nothing_heavy() -> None:
    script = (
        "import sys; from winnow.verifiers import load, names; names(); "
        "load('math')({'answer': '1/2'}, r'\\boxed{0.5}'); "
        "print(sorted({'sympy', 'mpmath', 'math_verify', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=240, check=True
    )
    assert done.stdout.strip() == "[]"


def test_threads_agree_with_a_plain_call() -> None:
    """math-verify's own timeouts work in the main thread alone; ours are the pool's."""
    judge = load("math")

    async def all_at_once() -> list[str]:
        tasks = [asyncio.to_thread(judge, {"answer": "1/2x"}, r"\boxed{\frac{1}{2x}}") for _ in range(4)]
        return [verdict.status for verdict in await asyncio.gather(*tasks)]

    assert asyncio.run(all_at_once()) == [Status.PASS] * 4
