"""Whether a text stands by what it states: it may deny it, suppose it, quote it or take it back."""

from __future__ import annotations

import re

_NEAR = 120  # characters before a statement in which its clause begins
_CLAUSE = re.compile(
    r"[.!?;:,\n—](?=\s|\Z)|\b(?:so|therefore|thus|hence|but|and|then|because|since|means)\b", re.IGNORECASE
)
_NOT_SAID = re.compile(
    r"""\b(?: not | never | no(?!\ doubt) | nobody | cannot | false | untrue | wrong | incorrect
        | mistaken(?:ly)? | (?<!at\ )least | unlikely | if | unless | whether | suppos\w+ | assum\w+
        | imagin\w+ | (?<!no\ )doubt\w* | deny | denies | denied | says? | said | claim\w* | thinks | thought
        | believes | believed | insists? | guesse[sd] | wonder\w* | (?:according|contrary)\ to )\b
      | n['’]t\b""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]+[\s*_\"')\]]*")
_AT_ONCE = 2  # sentences behind a statement in which "no" and "that is false" speak of it
_REFUSED = re.compile(
    r"""(?:but\ |oh,?\ )?(?: no\s*(?:[,.!;:—-]|\Z) | actually\b
      | (?:that|this|it|which)(?:['’]s|\ is|\ was)\ (?:\w+\ )?(?:false|wrong|incorrect|untrue|a\ mistake)\b
      | (?:that|this|it|which)(?:['’]s|\ is|\ was)(?:\ not|n['’]t)\ (?:\w+\ )?(?:right|correct|true)\b )""",
    re.VERBOSE | re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"""[.!?…;—\n][\s*_"')\]]{0,8}(?:but\ |oh,?\ |no,?\ |hold\ on,?\ |actually,?\ )?
        (?: wait | oops | hmm+ | scratch\ that | correction | on\ second\ thoughts? | sorry
          | let\ me\ (?:reconsider|rethink|redo|correct) | I\ (?:was\ wrong|erred|made\ a\ mistake) )\b""",
    re.VERBOSE | re.IGNORECASE,
)


def is_asserted(text: str, at: int) -> bool:
    """Whether the clause that leads to `at` says what follows, and neither denies, supposes nor quotes it.

    >>> is_asserted("Not B, so the answer is C", 24), is_asserted("I don't think the answer is C", 28)
    (True, False)
    """
    lead = text[max(0, at - _NEAR) : at].rstrip(" \t*_:=")
    begin = max((match.end() for match in _CLAUSE.finditer(lead)), default=0)
    return not _NOT_SAID.search(lead, begin)


def is_retracted(text: str, at: int) -> bool:
    """Whether what is stated at `at` is taken back further on.

    >>> is_retracted("The answer is C. Wait, D.", 14), is_retracted("The answer is C. D is wrong.", 14)
    (True, False)
    """
    end = at
    for _ in range(_AT_ONCE):
        sentence = _SENTENCE.match(text, end)
        if sentence is None:
            break
        end = sentence.end()
        if _REFUSED.match(text, end):
            return True
    return bool(_TAKEN_BACK.search(text, at))
