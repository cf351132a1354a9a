"""A problem's own checker: Python that decides whether an output is right."""

from __future__ import annotations

import json
from dataclasses import dataclass

from winnow.verifiers.code.sandbox.box import Limits, Sandbox
from winnow.verifiers.registry import BadReference
from winnow.verifiers.verdict import cut

# What the checker prints goes nowhere, and its word goes to where standard output was.
_FRAME = """
import json as _json, os as _os, sys as _sys
_word = _os.dup(1)
_os.dup2(_os.open("/dev/null", _os.O_WRONLY), 1)
_told = _json.load(_sys.stdin)
_names = {"__name__": "checker"}
exec(compile(_told["checker"], "checker.py", "exec"), _names)
_answers = []
for _stdin, _stdout, _expected in _told["outputs"]:
    try:
        _right = _names["check"](_stdin, _stdout, _expected)
    except Exception as _broken:
        if _names["check"](_stdin, _expected, _expected) is not True:
            raise
        _right = f"{type(_broken).__name__}: {_broken}"
    _answers.append(bool(_right) if isinstance(_right, (bool, int)) else str(_right))
_os.write(_word, _json.dumps(_answers).encode())
"""


@dataclass(frozen=True, slots=True)
class Checker:
    """`source` defines `check(stdin, stdout, expected)`, all three text: a true word, or what is wrong.

    It is as little trusted as any row of data, and runs in a check of its own. Where it raises for an output
    and not for the expected one, it is the output that is wrong.
    """

    source: str
    box: Sandbox
    limits: Limits

    def amiss(self, outputs: list[tuple[str, str, str]]) -> list[str]:
        """What is wrong with each output (input, output, expected output); empty where nothing is.

        Raises:
            BadReference: the checker does not do its work.
        """
        if not outputs:
            return []
        asked = json.dumps({"checker": self.source, "outputs": outputs}).encode()
        with self.box.session(self.limits, program=_FRAME) as session:
            ended = session.run(given=asked)
        if ended.code or ended.why:
            said = ended.error.strip().splitlines()[-1:] or [f"exit code {ended.code}"]
            raise BadReference(f"checker: {cut(ended.why or said[0], 120)}")
        try:
            told = json.loads(ended.output)
        except ValueError:
            told = None
        if not isinstance(told, list) or len(told) != len(outputs):
            raise BadReference("checker: it does not answer for each output")
        return ["" if one is True else _why(one) for one in told]


def _why(told: object) -> str:
    return f"the checker: {told}" if isinstance(told, str) and told else "the checker says no"
