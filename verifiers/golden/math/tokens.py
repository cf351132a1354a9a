"""The tokens of an expression: numbers, commands, letters, signs."""

from __future__ import annotations

import re

FUNCTIONS = frozenset({
    "sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh",
    "ln", "log", "lg", "exp", "lcm", "gcd", "max", "min",
})  # fmt: skip
GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma",
    "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "ell", "hbar",
})  # fmt: skip
_PROSE = frozenset({
    "is", "it", "so", "an", "or", "of", "to", "at", "in", "we", "he", "the", "and", "she", "her",
    "his", "its", "one", "two", "six", "ten", "yes", "no", "not", "odd", "all", "any", "but", "for",
    "are", "was", "has", "had", "how", "who", "why", "if", "as", "by", "on", "up", "us", "my", "me",
    "do", "go", "be", "am", "pm", "mod", "new", "now", "off", "out", "per", "see", "too", "via",
    "set", "sum", "day", "old", "dne", "abs", "nan",
})  # fmt: skip
_TOKEN = re.compile(
    r" +|\\[A-Za-z]+|\\.|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4}(?![0-9]))?|[A-Za-z]+|.",
    re.DOTALL,
)


class Unreadable(ValueError):
    """The text is no expression that has one reading."""


def tokens_of(text: str) -> list[str]:
    """The tokens of `text`; words become commands or single letters."""
    tokens: list[str] = []
    for token in _TOKEN.findall(text):
        if token[0] == " ":
            tokens.append(" ")
        elif token.isalpha() and len(token) > 1:
            tokens += _word(token)
        elif token.isascii():
            tokens.append(token)
        else:
            raise Unreadable(f"unknown {token!r}")
    return tokens


def _word(word: str) -> list[str]:
    if word in FUNCTIONS or word in ("sqrt", "pi", "infty"):
        return [f"\\{word}"]
    if word in ("inf", "infinity", "Infinity", "oo"):
        return [r"\infty"]
    if word in GREEK:
        return [f"\\{word}"]
    if len(word) > 3 or word.lower() in _PROSE:
        raise Unreadable(f"the word {word[:20]!r}")
    return list(word)
