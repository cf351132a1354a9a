"""`stdio`: the completion's program prints what it should for each input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.code.checker import Checker
from winnow.verifiers.code.comparison import Compare, amiss
from winnow.verifiers.code.extraction import code_of
from winnow.verifiers.code.languages import fences_of, toolchain_of
from winnow.verifiers.code.programs import DoesNotCompile, Programs
from winnow.verifiers.code.sandbox.box import SandboxError
from winnow.verifiers.code.settings import DEADLINE, SETTINGS, Where, box_of, limits_of, prepare
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut

Case = tuple[str, str]
_MOST_CASES = 1000


@verifier("stdio", settings=(*SETTINGS, "toolchains"), deadline=DEADLINE, prepare=prepare)
def stdio(
    cases: list[Any],
    public_cases: list[Any] | None = None,
    language: str = "python",
    compare: Compare = "tokens",
    tolerance: float = 1e-6,
    checker: str | None = None,
    toolchains: dict[str, Any] | None = None,
    seconds: int = 5,
    memory_mb: int = 512,
    preload: list[str] | None = None,
    sandbox: Where = "auto",
) -> Check:
    """Pass where the program prints the right output in every case; the score is the share of `cases`.

    `cases` is a list of `{stdin, stdout}`. A case is right where the program ends by itself with exit code 0
    and its output agrees: `compare` says how (`exact`, `tokens`, or `float`, with `tolerance` times the
    larger of 1 and the wanted number), or a `checker`, Python that defines `check(stdin, stdout, expected)`
    and gives True, or what is wrong; it runs in the sandbox too, apart from the candidate. `public_cases`
    are those that the problem shows: they must be right too, and are not part of the score. The verdict's
    `results` has a digit a case, those of `public_cases` behind a `/`.

    `language` is `python`, `cpp` or `javascript`, or one that the recipe declares under `toolchains`, such as
    `{c: {file: a.c, compile: [gcc, -o, a, a.c], run: [./a]}}`; commands run inside the sandbox, which shows
    /usr. The program is the last block fenced as that language, else the whole completion. `seconds` of CPU
    time and `memory_mb` hold for each case, and once more for the compiler.
    """
    hidden = _cases("cases", cases)
    public = [] if public_cases is None else _cases("public_cases", public_cases)
    if not 0 <= tolerance < 1:
        raise SpecError(f"tolerance is {tolerance}, expected 0 up to 1", ("tolerance",))
    toolchain = toolchain_of(language, toolchains or {})
    reserves = toolchain is not None and toolchain.reserves_memory
    limits = limits_of(seconds, memory_mb, reserves_memory=reserves)
    box = box_of(sandbox, preload)
    own = None if checker is None else Checker(checker, box, limits)
    programs = Programs(box, limits, toolchain)
    return _Judge(programs, language, hidden, public, compare, tolerance, own)


@dataclass(frozen=True, slots=True)
class _Judge:
    programs: Programs
    language: str
    hidden: list[Case]
    public: list[Case]
    compare: Compare
    tolerance: float
    checker: Checker | None

    def prepare(self) -> None:
        self.programs.box.start()

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        code = code_of(completion, fences_of(self.language, self.programs.toolchain))
        if not code.strip():
            return Verdict.failed(f"no {self.language}" if completion.strip() else EMPTY)
        try:
            wrongs = self._wrongs(code, [*self.hidden, *self.public])
        except SandboxError as failed:
            return Verdict.error(f"stdio: {failed}")
        except DoesNotCompile as broken:
            nothing = _results([True] * len(self.hidden), [True] * len(self.public))
            return Verdict.failed(f"does not compile: {broken}", extracted=code, results=nothing)
        split = len(self.hidden)
        results = _results([bool(one) for one in wrongs[:split]], [bool(one) for one in wrongs[split:]])
        passed = wrongs[:split].count("")
        first = next((one for one in wrongs if one), "")
        if not first:
            return Verdict.passed(extracted=code, results=results)
        told = f"{passed} of {split} cases: {first}" if split > 1 else first
        return Verdict.failed(told, extracted=code, score=passed / split, results=results)

    def _wrongs(self, code: str, cases: Sequence[Case]) -> list[str]:
        """What is wrong in each case; empty where nothing is."""
        ended = self.programs.run(code, [case[0].encode() for case in cases])
        wrongs = []
        for (_, wanted), one in zip(cases, ended, strict=True):
            why = one.failure
            if not why and self.checker is None:
                why = amiss(one.output, wanted.encode(), self.compare, self.tolerance)
            wrongs.append(why)
        if self.checker is not None:
            open_ = [place for place, why in enumerate(wrongs) if not why]
            outputs = [(*cases[at], ended[at].output.decode("utf-8", "replace")) for at in open_]
            said = self.checker.amiss([(given, printed, wanted) for given, wanted, printed in outputs])
            for place, why in zip(open_, said, strict=True):
                wrongs[place] = why
        return wrongs


def _results(hidden: Sequence[bool], public: Sequence[bool]) -> str:
    told = ["".join("0" if wrong else "1" for wrong in part) for part in (hidden, public) if part]
    return "/".join(told)


def _cases(name: str, told: Sequence[Any]) -> list[Case]:
    if not 0 < len(told) <= _MOST_CASES:
        raise SpecError(f"{name} has {len(told)} cases, expected 1 to {_MOST_CASES}", (name,))
    for place, case in enumerate(told):
        good = isinstance(case, Mapping) and {*case} == {"stdin", "stdout"}
        if not good or not all(isinstance(one, str) for one in case.values()):
            wanted = "{stdin: text, stdout: text}"
            raise SpecError(f"{name}.{place} is {cut(repr(case), 40)}, expected {wanted}", (name, place))
    return [(case["stdin"], case["stdout"]) for case in told]
