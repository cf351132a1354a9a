"""The language of an answer, apart from its formulas and its code."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import polars as pl

from winnow.steps.clean.drops import told
from winnow.steps.errors import UsageError

_READ = 4_000  # characters that are looked at, and of these, without code and formulas,
_JUDGED = 600
_FEWEST = 40  # letters: of fewer no language can be told
_SHOWN = 60  # characters of a detail
_DOUBT = 0.05  # how likely the languages that are asked for may be
_CODE = (
    r"(?s)```.*?(?:```|$)|`[^`\n]{1,200}`|\$\$.*?(?:\$\$|$)|\\\[.*?(?:\\\]|$)|\\\(.*?(?:\\\)|$)"
    r"|\$[^$\n]{1,300}\$"
)
_SIGNS = r"\\[A-Za-z]+|https?://\S+|[\d\p{P}\p{S}]+"
_ENGLISH = r"(?i)\b(?:the|and|that|it|for|with|this|has|have|then|are|to|by|you|of|he|she|from|each)\b"
_SHARE = 0.15  # of all words: so many of these has no other language
_SPOKEN = (
    "ar bg bn cs da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne nl no pa pl pt ro"
)
_SPOKEN += " ru sk sl sq sv sw ta te th tl tr uk ur vi zh"


def foreign(texts: pl.Series, languages: Sequence[str]) -> pl.DataFrame:
    """Answers that are, with a probability of .95, in no language of these (ISO 639-1).

    Code, formulas, digits and punctuation say nothing; an answer with fewer than 40 letters besides is kept.

    Returns:
        Columns at (row), rule, detail.

    Raises:
        UsageError: no such language is known.
    """
    identifier = _identifier(tuple(sorted(set(languages))))
    spoken = pl.col("text").str.slice(0, _READ).str.replace_all(_CODE, " ").str.replace_all(_SIGNS, " ")
    frame = texts.alias("text").to_frame().with_row_index("at")
    frame = frame.select("at", spoken=spoken.str.replace_all(r"\s+", " ").str.slice(0, _JUDGED))
    frame = frame.filter(pl.col("spoken").str.count_matches(r"\p{L}") >= _FEWEST)
    if "en" in languages:
        words = pl.col("spoken").str.count_matches(r"\S+")
        frame = frame.filter(pl.col("spoken").str.count_matches(_ENGLISH) < _SHARE * words)
    found = []
    for at, said in frame.iter_rows():
        ranked = identifier.rank(said)
        if sum(chance for language, chance in ranked if language in languages) < _DOUBT:
            found.append((at, f"{ranked[0][0]}: {said.strip()[:_SHOWN]}"))
    drops = pl.DataFrame(found, schema={"at": pl.Int64, "detail": pl.String}, orient="row")
    return told(drops["at"], "language", drops["detail"])


@lru_cache(maxsize=4)
def _identifier(languages: tuple[str, ...]) -> Any:
    langid: Any = importlib.import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    if unknown := sorted(set(languages) - set(identifier.nb_classes)):
        raise UsageError(f"languages: {', '.join(unknown)} cannot be told by py3langid: leave it out")
    identifier.set_languages(sorted({*_SPOKEN.split(), *languages}))
    return identifier
