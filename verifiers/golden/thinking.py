"""What a model says while it thinks is not its answer, and what steers a terminal is not said at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

TAGS = ("think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad")
"""Names of the tags between which models think, by default."""

_BRACKETS = (
    ("[THINK]", "<think>"),
    ("[/THINK]", "</think>"),
    ("◁think▷", "<think>"),
    ("◁/think▷", "</think>"),
)
"""What some models write for the tags (Magistral, Kimi)."""
_CHANNEL, _FINAL = "<|channel|>", "<|channel|>final<|message|>"
"""gpt-oss names the channel of each part (OpenAI's harmony format): the answer is in the final one."""
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")


def tags_of(thinking: Sequence[str] | None) -> tuple[str, ...]:
    """The tags that the parameter `thinking` names: none given, the usual ones."""
    return TAGS if thinking is None else tuple(thinking)


def without_thinking(text: str, tags: Sequence[str] = TAGS) -> str:
    """`text` behind the last thought that was closed; nothing, where a thought was opened and never closed.

    A template may have opened the thought in the prompt, so that the completion has the closing tag alone.
    Terminal escapes (ECMA-48) are left out: the 31 that makes a text red is no number of it.

    >>> without_thinking("<think>is it 41?</think>It is 42."), without_thinking("is it 41?</think>It is 42.")
    ('It is 42.', 'It is 42.')
    >>> without_thinking("<think>is it 41, or")
    ''
    >>> without_thinking("42\\x1b[31m.")
    '42.'
    """
    if "\x1b" in text:
        text = _ESCAPE.sub("", text)
    if not tags:
        return text
    if "THINK]" in text or "\u25c1" in text:
        for bracket, its_tag in _BRACKETS:
            text = text.replace(bracket, its_tag)
    if "<" not in text:
        return text
    if _CHANNEL in text:
        text = text.rpartition(_FINAL)[2] if _FINAL in text else ""
    tag = _tag(tuple(tags))
    last = tag.search(text)
    if last is None:
        return text
    for found in tag.finditer(text, last.end()):
        last = found
    return text[last.end() :] if last["closes"] else ""


@lru_cache(16)
def _tag(tags: tuple[str, ...]) -> re.Pattern[str]:
    # Case is ignored in the names alone: the search then leaps from one "<" to the next. IFEval's titles
    # stand in << and >>.
    return re.compile(
        rf"<(?=[/A-Za-z])(?<!<<)(?P<closes>/)?(?i:(?:\w+:)?(?:{'|'.join(map(re.escape, tags))}))\s*>(?!>)"
    )
