"""The texts that loose mode tries beside the completion itself."""

from __future__ import annotations


def variants(text: str) -> list[str]:
    r"""`text`, and what is left of it without its first line, its last or both, each also without asterisks.

    So a greeting, a closing remark or bold type is forgiven. Section 2.2 of the paper.

    >>> variants("Sure!\n*a*\nBye.")
    ['Sure!\n*a*\nBye.', '*a*\nBye.', 'Sure!\n*a*', '*a*', 'Sure!\na\nBye.', 'a\nBye.', 'Sure!\na', 'a']
    """
    lines = text.split("\n")
    kept = [text, *("\n".join(part).strip() for part in (lines[1:], lines[:-1], lines[1:-1]))]
    every = [*kept, *(one.replace("*", "") for one in kept)]
    return [one for one in dict.fromkeys(every) if one.strip()]
