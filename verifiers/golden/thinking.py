"""What a model says while it thinks is not its answer, and what steers a terminal is not said at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

TAGS = (
    "think", "thinking", "thought", "thoughts", "reasoning", "reflection", "scratchpad", "[THINK]", "◁think▷"
)  # fmt: skip
"""The tags between which models think, by default: names, and two in brackets (Magistral, Kimi)."""
_NAME = re.compile(r"[\w:.-]+")
_CHANNEL, _FINAL = "<|channel|>", "<|channel|>final<|message|>"
"""gpt-oss names the channel of each part (OpenAI's harmony format): the answer is in the final one."""
_SPOKEN_OF = re.compile(r"\s(?:tags?|tokens?|blocks?|markers?)\b")
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")


def tags_of(thinking: Sequence[str] | None) -> tuple[str, ...]:
    """The tags that the parameter `thinking` names: none given, the usual ones.

    A name stands between `<` and `>`. What is no name is the opening tag itself, `[THINK]` say; the closing
    one has a slash behind its first character.
    """
    return TAGS if thinking is None else tuple(thinking)


def without_thinking(text: str, tags: Sequence[str] = TAGS) -> str:
    """`text` behind the last thought that was closed; nothing, where a thought was opened and never closed.

    A template may have opened the thought in the prompt, so that the completion has the closing tag alone.
    Terminal escapes (ECMA-48) are left out: the 31 that makes a text red is no number of it.

    >>> without_thinking("<think>is it 41?</think>It is 42."), without_thinking("is it 41?</think>It is 42.")
    ('It is 42.', 'It is 42.')
    >>> without_thinking("<think>is it 41, or")
    ''
    >>> without_thinking("It has no <think> tags."), without_thinking("[t]41[/t]42", ["[t]"])
    ('It has no <think> tags.', '42')
    >>> without_thinking("42\\x1b[31m.")
    '42.'
    """
    return without_thoughts(_ESCAPE.sub("", text) if "\x1b" in text else text, tags)


def without_thoughts(text: str, tags: Sequence[str] = TAGS) -> str:
    """`without_thinking` that leaves terminal escapes where they are: for what counts characters."""
    if not tags:
        return text
    tag, bracketed = _tag(tuple(tags))
    if "<" not in text and not any(one in text for one in bracketed):
        return text
    if _CHANNEL in text:
        text = text.rpartition(_FINAL)[2] if _FINAL in text else ""
    begin, opened = 0, False
    for found in tag.finditer(text):
        if _is_mentioned(text, found):
            continue
        opened = found[0][1] != "/"
        begin = found.end()
    return "" if opened else text[begin:]


def _is_mentioned(text: str, tag: re.Match[str]) -> bool:
    """Whether a sentence speaks of a tag: in quotes, or with the word behind it."""
    before = text[max(0, tag.start() - 1) : tag.start()]
    if before in ("`", '"', "'") and text[max(0, tag.start() - 2)] != before:  # a fence is no quote
        return text.startswith(before, tag.end())
    words = text[max(0, tag.start() - 40) : tag.start()].rpartition("\n")[2].strip()
    return bool(words) and bool(_SPOKEN_OF.match(text, tag.end()))


@lru_cache(16)
def _tag(tags: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """What matches any of the tags; and those that are in brackets of their own, opening and closing."""
    names = [re.escape(tag) for tag in tags if _NAME.fullmatch(tag)]
    bracketed = [form for tag in tags if not _NAME.fullmatch(tag) for form in (tag, f"{tag[:1]}/{tag[1:]}")]
    # Case is ignored in the names alone: the search then leaps from one "<" to the next. IFEval's titles
    # stand in << and >>.
    named = [rf"<(?=[/A-Za-z])(?<!<<)/?(?i:(?:\w+:)?(?:{'|'.join(names)}))\s*>(?!>)"] if names else []
    return re.compile("|".join(named + [re.escape(one) for one in bracketed])), tuple(bracketed)
