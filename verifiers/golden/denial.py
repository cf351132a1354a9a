"""Answers that a completion names only to deny them: "the answer is not 7"."""

from __future__ import annotations

import re

_NEAR = 40  # characters before an answer in which its denial stands
_DENIED = re.compile(
    r"""(?: \b(?:not|never|cannot|rather\ than|instead\ of) | n['’]t | ≠ | != | \\neq? )
        (?: \s+ (?: be | been | equal(?:s|\ to)? | exactly | just | simply | really | actually ) ){0,3}
        [\s$*_(\\{]* \Z""",
    re.VERBOSE,
)


def is_denied(text: str, at: int) -> bool:
    """Whether what begins at `at` is denied by the words right before it.

    >>> is_denied("It isn't 7.", 9), is_denied("It is not 6 but 7.", 16)
    (True, False)
    """
    return bool(_DENIED.search(text, max(0, at - _NEAR), at))
