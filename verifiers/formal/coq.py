"""`coq`: the completion proves the official statement."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from winnow.verifiers.code.extraction import code_of
from winnow.verifiers.code.sandbox.box import Finished, Limits, Sandbox, SandboxError
from winnow.verifiers.code.settings import DEADLINE, Where, box_of, limits_of, prepare
from winnow.verifiers.formal.coq_text import forbidden
from winnow.verifiers.registry import BadReference, Check, SpecError, verifier
from winnow.verifiers.strict.limits import EMPTY
from winnow.verifiers.verdict import Verdict, cut

_NAME = re.compile(r"[A-Za-z_][\w']*")
_CLOSED = "Closed under the global context"
_ENDED = {"cpu": "it took too much CPU time", "asleep": "it hung", "memory": "it used too much memory"}
_ROOM = 64 * 1024**2  # bytes of a compiled file


@verifier("coq", settings=("axioms", "seconds", "memory_mb", "sandbox"), deadline=DEADLINE, prepare=prepare)
def coq(
    statement: str,
    theorem: str = "goal",
    preamble: str = "",
    definitions: str = "",
    axioms: list[str] | None = None,
    seconds: int = 20,
    memory_mb: int = 2048,
    sandbox: Where = "auto",
) -> Check:
    """Pass where the completion's Coq proves `statement` under the name `theorem`, without new axioms.

    The Coq is the last block fenced as such, else all of it; one that begins with `Proof` proves the
    statement as it stands. `preamble` (`Require`, `Open Scope`) stands before the candidate's text and ours,
    `definitions` are those of the statement: a module that both import.

    coqc compiles the candidate's file in the sandbox. A second file, ours alone, elaborates the statement
    before it requires the first, never imports it, proves the statement by the candidate's theorem, and
    prints what that rests on: a statement made weaker by notations of the candidate's is not the statement,
    and Admitted, axioms and checks that were switched off are seen. `axioms` are those allowed, as Coq
    prints them (`FunctionalExtensionality.functional_extensionality_dep`). Commands that load plugins,
    change folders or write files are refused.
    """
    for name, value in (("statement", statement), ("theorem", theorem)):
        if not value.strip():
            raise SpecError(f"{name} is empty", (name,))
    if not _NAME.fullmatch(theorem):
        raise SpecError(f"theorem is {cut(repr(theorem), 40)}, expected a name", ("theorem",))
    limits = limits_of(seconds, memory_mb)
    return _Judge(
        statement.strip().removesuffix("."),
        theorem,
        preamble,
        definitions,
        frozenset(axioms or ()),
        limits,
        box_of(sandbox, None),
    )


@dataclass(frozen=True, slots=True)
class _Judge:
    statement: str
    theorem: str
    preamble: str
    definitions: str
    axioms: frozenset[str]
    limits: Limits
    box: Sandbox
    known: list[bool] = field(default_factory=list)  # that the statement compiles

    def prepare(self) -> None:
        self.box.start()

    def __call__(self, _reference: Mapping[str, Any], completion: str) -> Verdict:
        code = code_of(completion, ("coq", "v", "rocq", "gallina")).strip()
        if not code:
            return Verdict.failed("no Coq" if completion.strip() else EMPTY)
        if refused := forbidden(code):
            return Verdict.failed(refused, extracted=code)
        try:
            if not self.known:
                self._examine()
                self.known.append(True)
            why = self._judged(code)
        except SandboxError as failed:
            return Verdict.error(f"coq: {failed}")
        return Verdict.failed(why, extracted=code) if why else Verdict.passed(extracted=code)

    def _examine(self) -> None:
        """Raises BadReference where the statement alone does not compile."""
        files = self._files() | {"Wrap.v": self._stated()}
        with self.box.session(self._wide(), files=files) as session:
            for name in self._sources("Wrap.v"):
                if why := _failure(session.run(("coqc", "-q", name))):
                    raise BadReference(f"the statement does not compile: {why}")

    def _judged(self, code: str) -> str:
        """What is wrong with a proof; empty where nothing is."""
        if re.match(r"Proof\b", code):
            code = f"Theorem {self.theorem} : {self.statement}.\n{code}"
        files = self._files() | {"Cand.v": f"{self._head()}{code}\n"}
        with self.box.session(self._wide(), files=files) as session:
            for name in self._sources("Cand.v"):
                if why := _failure(session.run(("coqc", "-q", name))):
                    return why
            compiled = session.run(("cat", "Cand.vo"))
        if compiled.code or compiled.why:
            return "its file was not compiled"
        return self._proved(compiled.output.decode("utf-8", "surrogateescape"))

    def _proved(self, compiled: str) -> str:
        proof = f"exact Cand.{self.theorem}."
        wrap = (
            f"{self._stated()}Require Cand.\nTheorem winnow_goal : winnow_statement.\n"
            f"Proof. {proof} Qed.\nPrint Assumptions winnow_goal.\n"
        )
        # In a check of its own: whatever the candidate's file did while it was compiled is gone.
        files = self._files() | {"Wrap.v": wrap, "Cand.vo": compiled}
        with self.box.session(self._wide(), files=files) as session:
            for name in self._sources("Wrap.v"):
                ended = session.run(("coqc", "-q", name))
                if why := _failure(ended):
                    return f"it does not prove the statement: {why}"
        return self._rests_on(ended.output.decode("utf-8", "replace"))

    def _rests_on(self, told: str) -> str:
        """What a proof rests on that it may not; empty where that is nothing."""
        if told.strip() == _CLOSED:
            return ""
        first, _, rest = told.strip().partition("\n")
        if first.strip() != "Axioms:":
            return f"coqc says: {cut(' '.join(told.split()), 120)}"
        heads = [line.split(":")[0].strip() for line in rest.splitlines() if line[:1].strip()]
        foreign = [one for one in heads if one not in self.axioms]
        why = f"it rests on what is not proven: {cut(', '.join(foreign), 120)}"
        return why if foreign or not heads else ""

    def _files(self) -> dict[str, str]:
        return {"Given.v": f"{self.preamble}\n{self.definitions}\n"} if self.definitions.strip() else {}

    def _sources(self, last: str) -> list[str]:
        return [*(["Given.v"] if self.definitions.strip() else []), last]

    def _head(self) -> str:
        given = "Require Import Given.\n" if self.definitions.strip() else ""
        return f"{self.preamble}\n{given}"

    def _stated(self) -> str:
        return f"{self._head()}Definition winnow_statement := ({self.statement}).\n"

    def _wide(self) -> Limits:
        """The limits of the three or four runs of coqc together."""
        one = self.limits
        return Limits(seconds=one.seconds, total=4 * one.seconds, memory=one.memory, output=_ROOM)


def _failure(ended: Finished) -> str:
    """Why coqc did not compile a file; empty where it did. Raises SandboxError where there is none."""
    if ended.code == 127 and "No such file" in ended.error:
        raise SandboxError("coqc is not installed: on Debian or Ubuntu, apt install coq")
    if ended.why:
        return _ENDED.get(ended.why, ended.why)
    if ended.code == 0:
        return ""
    said = " ".join((ended.error.partition("Error:")[2] or ended.error).split())
    return cut(said, 150) or f"coqc left with exit code {ended.code}"
