"""The query inside a completion, and what its outermost part says of order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from winnow.verifiers.golden.thinking import without_thinking
from winnow.verifiers.sql.limits import LONGEST_QUERY, QueryError

Dialect = Literal["sqlite", "duckdb"]

_FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^`\n]*")
_NAMES = frozenset({"sql", "sqlite", "sqlite3", "duckdb", "postgresql", "postgres", "mysql", "tsql"})
_QUOTED = r"""'(?:[^']|'')*+'? | "(?:[^"]|"")*+"? | `[^`]*+`?"""
_COMMON = rf"""
    (?P<blank> \s++ | --[^\n]*+ | /\*(?:[^*]|\*(?!/))*+(?:\*/)? )
  | (?P<quoted> {_QUOTED} BRACKETED)
  | (?P<word> [^\W\d]\w*+ )
  | (?P<number> \.?\d[\w.]*+ )
  | (?P<sign> . )
"""
_TOKENS = {
    "sqlite": re.compile(_COMMON.replace("BRACKETED", r"| \[[^\]]*+\]?"), re.VERBOSE | re.DOTALL),
    "duckdb": re.compile(_COMMON.replace("BRACKETED", ""), re.VERBOSE | re.DOTALL),
}
_DEEPER = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_FIRST = {"sqlite": ("select", "with"), "duckdb": ("select", "with", "from", "(")}
_BY_CHANCE = frozenset(
    {"random", "randomblob", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "setseed", "query", "query_table"}
)
_AFTER_ORDER = ("limit", "offset", "fetch", ";")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: what it says (a word in lower case), what it is, how deep in brackets it stands."""

    text: str
    kind: str
    depth: int


def query_of(completion: str) -> str:
    """The last block that is fenced as SQL, else the last fenced block, else all of the text.

    A block that was opened and never closed counts. What a model says while it thinks does not.

    >>> query_of("So:\\n```sql\\nSELECT 1\\n```\\nDone."), query_of("SELECT 2")
    ('SELECT 1', 'SELECT 2')
    """
    text = without_thinking(completion)
    blocks = list(_blocks(text))
    named = [body for name, body in blocks if name.lower() in _NAMES]
    unnamed = [body for name, body in blocks if not name]
    return (named or unnamed or [text])[-1].strip()


def check(query: str, dialect: Dialect) -> None:
    """Raise QueryError where `query` is no SELECT, is too long, or depends on chance."""
    if len(query) > LONGEST_QUERY:
        raise QueryError(f"a query of more than {LONGEST_QUERY} characters")
    if "\0" in query or any("\ud800" <= sign <= "\udfff" for sign in query):
        raise QueryError("the query holds a character that no query can hold")
    found = tokens(query, dialect)
    if not found or found[0].text not in _FIRST[dialect]:
        raise QueryError("no SELECT statement")
    for one, following in pairwise(found):
        if one.text.strip('"`[]').lower() in _BY_CHANCE and following.text == "(":
            raise QueryError(f"calls {one.text}(), whose result cannot be judged")


def order_terms(query: str, dialect: Dialect) -> list[str] | None:
    """What the outermost query is ordered by, in plain form; None where it is not.

    >>> order_terms("SELECT a, max(b) FROM t GROUP BY a ORDER BY MAX( b ) DESC, a LIMIT 3", "sqlite")
    ['max(b)', 'a']
    """
    outer = tokens(query, dialect)
    starts = [
        at + 2
        for at, (one, two) in enumerate(pairwise(outer))
        if one.depth == 0 and (one.text, one.kind, two.text) == ("order", "word", "by")
    ]
    if not starts:
        return None
    terms: list[list[Token]] = [[]]
    for token in outer[starts[-1] :]:
        if token.depth == 0 and token.text in _AFTER_ORDER:
            break
        if token.depth == 0 and token.text == ",":
            terms.append([])
        else:
            terms[-1].append(token)
    return [_plain(term) for term in terms]


def plain_name(name: str, dialect: Dialect) -> str:
    """A column's name in the form of `order_terms`."""
    return _plain(list(tokens(name, dialect)))


@lru_cache(64)
def tokens(query: str, dialect: Dialect) -> tuple[Token, ...]:
    """The pieces of `query`, without comments and white space. Linear in its length."""
    found, depth = [], 0
    for piece in _TOKENS[dialect].finditer(query):
        kind, text = piece.lastgroup or "", piece[0]
        if kind == "blank":
            continue
        step = _DEEPER.get(text, 0) if kind == "sign" else 0
        depth += min(step, 0)
        found.append(Token(text.lower() if kind == "word" else text, kind, depth))
        depth += max(step, 0)
    return tuple(found)


def _plain(term: list[Token]) -> str:
    words = [token.text for token in term]
    if words[-2:-1] == ["nulls"]:
        del words[-2:]
    if words[-1:] in (["asc"], ["desc"]):
        words.pop()
    if words[-2:-1] == ["collate"]:
        del words[-2:]
    if len(words) > 2 and set(words[1::2]) == {"."}:
        words = words[-1:]
    if len(words) == 1 and words[0][:1] in '"`[':
        return words[0].strip('"`[]').lower()
    return "".join(words)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Each fenced block: the name behind its fence, and what it holds."""
    fence, name, body = "", "", list[str]()
    for line in text.split("\n"):
        mark = _FENCE.fullmatch(line.rstrip())
        if not fence:
            if mark:
                fence, name, body = mark[1], mark[2], []
        elif mark and not mark[2] and mark[1].startswith(fence):
            yield name, "\n".join(body)
            fence = ""
        else:
            body.append(line)
    if fence:
        yield name, "\n".join(body)
