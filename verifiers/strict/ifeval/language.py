"""`language:*`: which language the text is in."""

from __future__ import annotations

import importlib
import importlib.util
from functools import lru_cache
from typing import Any

from winnow.verifiers.registry import SpecError
from winnow.verifiers.strict.ifeval.instruction import Test, instruction
from winnow.verifiers.verdict import cut

_CODES = (
    "af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it ja kn ko lt lv mk ml mr ne nl no "
    "pa pl pt ro ru sk sl so sq sv sw ta te th tl tr uk ur vi zh"
)
LANGUAGES = frozenset(_CODES.split())
"""ISO 639-1 codes of the languages that are told apart: those that the paper's code can name."""

_READ = 100_000  # characters that are looked at


@instruction("language:response_language")
def response_language(language: str) -> Test:
    """The text is in this language; one without any letter is in none.

    The paper's code takes a text in which it finds no language for right; here it is wrong.
    """
    if language not in LANGUAGES:
        known = ", ".join(sorted(LANGUAGES))
        raise SpecError(f"language is {cut(language, 20)!r}, expected one of {known}", ("language",))
    require_detector("language")

    def amiss(text: str) -> str | None:
        found = detected(text)
        return None if found == language else f"language {found or 'unknown'}, expected {language}"

    return amiss


def require_detector(key: str = "") -> None:
    """Raise SpecError where the library that tells languages apart is not installed."""
    if importlib.util.find_spec("py3langid") is None:
        raise SpecError(
            "telling languages apart needs py3langid: pip install py3langid", (key,) if key else ()
        )


def detected(text: str) -> str | None:
    """The code of the language of `text`, by its first 100,000 characters; None where it has no letter.

    The same text always gets the same code. A few words may well be of several languages: it is then the
    likeliest of them.
    """
    text = text[:_READ]
    if not any(sign.isalpha() for sign in text):
        return None
    return str(_identifier().classify(text)[0])


@lru_cache(1)
def _identifier() -> Any:
    langid: Any = importlib.import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    identifier.set_languages(LANGUAGES)
    return identifier
