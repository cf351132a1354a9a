"""What needs no worker: verdicts that are known by now, and golden answers that are decided fast."""

from __future__ import annotations

import hashlib
import pickle
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from winnow.verifiers.golden.answer import GoldenCheck
from winnow.verifiers.registry import Verifier
from winnow.verifiers.verdict import Status, Verdict

_REMEMBERED = 16_384  # verdicts, each of some hundred bytes
_LONGEST_COMPLETION = 100_000  # characters in which an answer is looked for here; longer ones go to a worker
_LONGEST_ANSWER = 1000  # characters that are decided here
_DIGEST = 16  # bytes

Key = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A reference made ready: for a worker (`told`, None where it cannot be sent) and for deciding here."""

    told: bytes | None
    digest: bytes = b""
    golden: GoldenCheck | None = None
    pure: bool = False


class Shortcut:
    """Verdicts of one verifier by what they depend on: the reference, and the answer or the whole text."""

    def __init__(self, verifier: Verifier, *, afresh: bool = False) -> None:
        self._verifier, self._afresh = verifier, afresh
        self._known: OrderedDict[Key, Verdict] = OrderedDict()

    def question(self, reference: Mapping[str, Any]) -> Question:
        """The reference made ready; what is wrong with it is for the worker to tell."""
        try:
            told = pickle.dumps(dict(reference), pickle.HIGHEST_PROTOCOL)
        except Exception:  # noqa: BLE001 - objects decide for themselves what they raise
            return Question(None)
        if self._afresh:
            return Question(told)
        try:
            check, pure = self._verifier.resolved(reference)
        except Exception:  # noqa: BLE001 - the worker meets it again, and says so
            return Question(told)
        golden = check if pure and isinstance(check, GoldenCheck) else None
        return Question(told, hashlib.blake2b(told, digest_size=_DIGEST).digest(), golden, pure)

    def look(self, question: Question, completion: str) -> tuple[Key | None, Verdict | None]:
        """What the verdict depends on, None where on chance; and the verdict, where it is known or easy."""
        if not question.pure:
            return None, None
        if question.golden and len(completion) <= _LONGEST_COMPLETION:
            try:
                return self._by_answer(question, question.golden, completion)
            except Exception:  # noqa: BLE001 - it breaks in the worker as well, and is an error there
                return None, None
        # Half a surrogate pair has no UTF-8, and is text all the same.
        whole = completion.encode("utf-8", "surrogatepass")
        key = (question.digest, hashlib.blake2b(whole, digest_size=_DIGEST).digest())
        return key, self._recall(key)

    def keep(self, key: Key | None, verdict: Verdict) -> None:
        """Remember a verdict. An error is trouble of ours, and may be over by the next time."""
        if key is None or verdict.status is Status.ERROR:
            return
        self._known[key] = verdict
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _by_answer(
        self, question: Question, golden: GoldenCheck, completion: str
    ) -> tuple[Key | None, Verdict | None]:
        found = golden.extract(completion)
        if found is None:
            return None, golden.without_answer(completion)
        if len(found) > _LONGEST_ANSWER:
            return None, None
        key = (question.digest, "answer", found)
        if known := self._recall(key):
            return key, known
        if fast := golden.fast(found):
            self.keep(key, fast)
        return key, fast

    def _recall(self, key: Key) -> Verdict | None:
        found = self._known.get(key)
        if found is not None:
            self._known.move_to_end(key)
        return found
