"""What a model wrote, as Markdown that shows all of it and does nothing.

Argilla renders Markdown by marked with KaTeX and cleans the HTML by DOMPurify. That lets no script through,
but pictures, styles, forms, frames (`object`, `embed`) and links of whoever wrote the text: a candidate
could lay itself over the questions, or tell a server who reads it. So of a model's text only paragraphs,
headings, lists, quotes, tables, emphasis, code and mathematics stay Markdown. HTML, pictures and links are
shown as they were written.

It holds in two ways. Outside of code and mathematics every character that could begin something else is a
character reference, which Markdown never takes for syntax. Code and mathematics are written anew in a form
that no text around them can break up, and mathematics is harmless even where it is not taken for mathematics.
"""

from __future__ import annotations

import re

MOST = 20_000  # characters: what Argilla takes in one message of a chat
_BRACES_MOST = 40  # in each other, in a formula: KaTeX goes down one call a brace

_FENCE = re.compile(r"([ \t]*)(`{3,}|~{3,})[ \t]*([^`\n]*)")
_LANGUAGE = re.compile(r"[A-Za-z0-9_+#.-]{1,30}")
_INDENTED = re.compile(r"(?: {4}|\t)\s*\S.*")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s.*|\s+\S.*")
_LINES = r"(?:(?!\n[ \t]*\n).){1,2000}?"  # of one paragraph; what is longer is not looked for
_INLINE = re.compile(
    rf"(?<!`)(?P<ticks>`+)(?!`)(?P<code>{_LINES})(?<!`)(?P=ticks)(?!`)"
    rf"|\$\$(?P<dollars>(?:\\.|(?!\n[ \t]*\n)[^\\$]){{1,2000}}?)\$\$"
    r"|\\\[(?P<brackets>(?:\\[^\[\]]|[^\\\n]|\n(?![ \t]*\n)){1,2000}?)\\\]"
    r"|\\\((?P<round>(?:\\[^()\n]|[^\\\n]){1,2000}?)\\\)"
    r"|\$(?P<dollar>(?!\s)(?:\\.|[^\\$\n]){1,2000}?)(?<!\s)\$(?![\d$])"
    r"|\\(?P<escaped>[!-/:-@\[-`{-~])",
    re.DOTALL,
)
_HIDDEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]"
)
_ACTIVE = re.compile(r"[&<\[$`\\@]|~{3,}|:(?=//)|(?<=www)\.", re.IGNORECASE)
_NESTED = re.compile(
    r"^(?:[ \t]*(?:>|[-*+][ \t]|\d{1,9}[.)][ \t])){6,}", re.MULTILINE
)  # each is a call of marked's
# What would load, name an address, or draw far outside of its line.
_UNFIT = re.compile(
    r"\\(?:href|url|includegraphics|html[A-Za-z]*|[gex]?def|let|newcommand|renewcommand|providecommand|rule"
    r"|m?kern|[hm]?skip|hspace|vspace|raisebox|smash|[rlc]lap|math[rlc]lap|llap|Huge|huge)(?![a-zA-Z])"
    r"|@|www\.|~~~|(?<!\\)(?:\\\\)*\$",
    re.IGNORECASE,
)


def safe_markdown(text: str, most: int = MOST) -> str:
    r"""`text`, whoever wrote it, for a Markdown field: `most` characters, and what is cut is told.

    >>> safe_markdown("<img src=x onerror=alert(1)> and [a](javascript:b)")
    '&lt;img src=x onerror=alert(1)> and &#91;a](javascript:b)'
    >>> safe_markdown(r"so \(a<b\), by **definition**")
    'so $a\\lt b$, by **definition**'
    """
    whole = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = len(whole)
    while len(shown := _shown(whole[:kept]) + _told(len(whole) - kept)) > most and kept:
        kept = min(kept - 1, kept * most // len(shown))
    return shown


def _told(left: int) -> str:
    return f"\n\n… ({left:,} more characters)" if left else ""


def _shown(text: str) -> str:
    lines = _HIDDEN.sub("\ufffd", text).split("\n")
    parts: list[str] = []
    prose: list[str] = []
    at, listed = 0, False
    while at < len(lines):
        line = lines[at]
        opened = _FENCE.fullmatch(line)
        if opened is not None:
            block, at = _fenced(lines, at, opened)
        elif _INDENTED.fullmatch(line) and not listed and not (prose and prose[-1].strip()):
            block, at = _indented(lines, at)
        else:
            prose.append(line)
            listed = bool(_ITEM.fullmatch(line)) if line.strip() else listed
            at += 1
            continue
        parts += [_prose("\n".join(prose)), block]
        prose = []
    return "\n\n".join(part for part in [*parts, _prose("\n".join(prose))] if part)


def _fenced(lines: list[str], at: int, opened: re.Match[str]) -> tuple[str, int]:
    """The block that a line opens, and where it has ended: at its fence, or where the text is cut off."""
    indent, fence, language = opened.groups()
    end = at + 1
    while end < len(lines) and not (
        lines[end].strip().startswith(fence) and not lines[end].strip().strip(fence[0])
    ):
        end += 1
    code = [line.removeprefix(indent) for line in lines[at + 1 : end]]
    named = _LANGUAGE.match(language)
    return _block(code, named.group() if named else ""), end + 1


def _indented(lines: list[str], at: int) -> tuple[str, int]:
    end = at
    while end < len(lines) and (not lines[end].strip() or _INDENTED.fullmatch(lines[end])):
        end += 1
    code = "\n".join(line.removeprefix("\t").removeprefix("    ") for line in lines[at:end]).rstrip()
    return _block(code.split("\n"), ""), end


def _block(code: list[str], language: str) -> str:
    """Code that only its own last line can end: begun in the first column, after an empty line."""
    longest = max((len(run) for line in code for run in re.findall(r"`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *code, fence])


def _prose(text: str) -> str:
    if not text.strip():
        return ""
    parts, at = [], 0
    for found in _INLINE.finditer(text):
        parts += [_plain(text[at : found.start()]), _inline(found, text)]
        at = found.end()
    return _NESTED.sub(lambda some: _references(some.group()), "".join([*parts, _plain(text[at:])])).strip(
        "\n"
    )


def _inline(found: re.Match[str], text: str) -> str:
    kind = found.lastgroup if found.lastgroup != "ticks" else "code"
    inside = found.group(str(kind))
    if kind == "escaped":
        return _references(inside)
    if kind == "code":
        return _code(inside)
    formula = _formula(inside)
    if formula is None:
        return _code(found.group())
    before, after = text[: found.start()][-1:], text[found.end() :][:1]
    left = "" if before in ("", "\n", " ") else " "
    right = "" if after in ("", "\n", " ", *"?!.,:") else " "
    if kind in ("dollars", "brackets"):
        alone = before in ("", "\n") and after in ("", "\n")
        return f"\n\n$$\n{formula}\n$$\n\n" if alone or "\n" in inside else f"{left}$${formula}$${right}"
    return f"{left}${formula}${right}"


def _formula(inside: str) -> str | None:
    """A formula as KaTeX takes it, and no link, picture or tag to Markdown; None: it is shown as code."""
    depth = deepest = 0
    for char in inside:
        depth += (char == "{") - (char == "}")
        deepest = max(deepest, depth)
    if (
        deepest > _BRACES_MOST
        or _UNFIT.search(inside)
        or not inside.strip()
        or inside.rstrip().endswith("\\")
    ):
        return None
    formula = " ".join(inside.split()).replace("`", "'").replace("<", r"\lt ")
    formula = formula.replace(r"\$", r"\text{\textdollar}")  # `\$` beside `$$` would be a part of it
    return re.sub(r"\](?=[(\[:])", "] ", formula).replace("://", ": //")


def _code(inside: str) -> str:
    """Code within a line: as HTML of ours, since a table's bar would cut backticks in two."""
    return f"<code>{_references(inside.replace(chr(10), ' '))}</code>"


def _plain(text: str) -> str:
    return _ACTIVE.sub(lambda some: _references(some.group()), text)


def _references(text: str) -> str:
    names = {"&": "&amp;", "<": "&lt;"}
    return re.sub(r"[!-/:-@\[-`{-~]", lambda one: names.get(one[0], f"&#{ord(one[0])};"), text)
