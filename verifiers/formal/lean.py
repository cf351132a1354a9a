"""`lean`: the completion proves the official statement, where Lean 4 is installed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.code.extraction import code_of
from winnow.verifiers.code.sandbox.box import Finished, Limits, Sandbox, SandboxError
from winnow.verifiers.code.settings import DEADLINE, Where, box_of, limits_of, prepare
from winnow.verifiers.formal.lean_text import axioms_of, forbidden
from winnow.verifiers.registry import Check, SpecError, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut

_NAME = re.compile(r"[A-Za-z_][\w'.]*")
USUAL = ("propext", "Classical.choice", "Quot.sound")
"""The axioms of Lean itself (Theorem Proving in Lean 4, chapter 12)."""
_MISSING = "lean is not on the PATH: install Lean 4 under /usr (lean-lang.org/install says how)"


@verifier("lean", settings=("axioms", "seconds", "memory_mb", "sandbox"), deadline=DEADLINE, prepare=prepare)
def lean(
    statement: str,
    theorem: str = "goal",
    preamble: str = "",
    axioms: list[str] | None = None,
    seconds: int = 60,
    memory_mb: int = 4096,
    sandbox: Where = "auto",
) -> Check:
    """Pass where the completion's Lean 4 proves `statement` under the name `theorem`.

    The Lean is the last block fenced as such, else all of it; one that begins with `by` proves the statement
    as it stands. `preamble` (imports, opens) stands before the candidate's text and ours. The candidate's
    file is compiled to an .olean in the sandbox. A second file, ours, states the theorem before it can know
    the candidate's notations, and `#print axioms` there says what the proof rests on: `sorryAx` and any axiom
    but `axioms` (by default Lean's own three) fail. Lean must be installed where the sandbox shows it.
    """
    if not statement.strip():
        raise SpecError("statement is empty", ("statement",))
    if not _NAME.fullmatch(theorem):
        raise SpecError(f"theorem is {cut(repr(theorem), 40)}, expected a name", ("theorem",))
    allowed = frozenset(USUAL if axioms is None else axioms)
    limits = limits_of(seconds, memory_mb, reserves_memory=True)
    return _Judge(statement.strip(), theorem, preamble, allowed, limits, box_of(sandbox, None))


@dataclass(frozen=True, slots=True)
class _Judge:
    statement: str
    theorem: str
    preamble: str
    axioms: frozenset[str]
    limits: Limits
    box: Sandbox

    def prepare(self) -> None:
        self.box.start()

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        code = code_of(completion, ("lean", "lean4")).strip()
        if not code:
            return Verdict.failed("no Lean" if completion.strip() else EMPTY)
        if refused := forbidden(code):
            return Verdict.failed(refused, extracted=code)
        found = shutil.which("lean")
        if found is None:
            return Verdict.error(f"lean: {_MISSING}")
        try:
            why = self._judged(os.path.realpath(found), code)
        except SandboxError as failed:
            return Verdict.error(f"lean: {failed}")
        return Verdict.failed(why, extracted=code) if why else Verdict.passed(extracted=code)

    def _judged(self, lean: str, code: str) -> str:
        if re.match(r"by\b", code):
            code = f"theorem {self.theorem} : {self.statement} := {code}"
        files = {"Stated.lean": f"{self.preamble}\ndef winnowStatement : Prop := {self.statement}\n"}
        files["Cand.lean"] = f"{self.preamble}\nnamespace Cand\n{code}\nend Cand\n"
        proof = f"theorem winnow_goal : winnowStatement := Cand.{self.theorem}"
        files["Wrap.lean"] = f"import Stated\nimport Cand\n{proof}\n#print axioms winnow_goal\n"
        wide = Limits(
            seconds=self.limits.seconds,
            total=4 * self.limits.seconds,
            memory=self.limits.memory,
            address_space=False,
        )
        env = ("/usr/bin/env", "LEAN_PATH=/tmp", lean)
        with self.box.session(wide, files=files) as session:
            stated = session.run((*env, "-o", "/tmp/Stated.olean", "Stated.lean"))
            if why := _failure(stated):
                raise SandboxError(f"the statement does not compile: {why}")
            if why := _failure(session.run((*env, "-o", "/tmp/Cand.olean", "Cand.lean"))):
                return why
            ended = session.run((*env, "Wrap.lean"))
        if why := _failure(ended):
            return f"it does not prove the statement: {why}"
        return axioms_of(ended.output.decode("utf-8", "replace"), "winnow_goal", self.axioms)


def _failure(ended: Finished) -> str:
    if ended.code == 127 and "No such file" in ended.error:
        raise SandboxError(_MISSING)
    if ended.why:
        return {"cpu": "it took too much CPU time", "asleep": "it hung"}.get(ended.why, ended.why)
    said = " ".join((ended.output.decode("utf-8", "replace") + ended.error).split())
    return cut(said, 150) or f"lean left with exit code {ended.code}" if ended.code else ""
