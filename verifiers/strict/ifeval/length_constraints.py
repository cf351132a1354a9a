"""`length_constraints:*`: how many words, sentences and paragraphs."""

from __future__ import annotations

import re

from winnow.verifiers.registry import SpecError
from winnow.verifiers.strict.ifeval.instruction import (
    Relation,
    Test,
    at_least,
    compared,
    counted,
    filled,
    instruction,
)
from winnow.verifiers.strict.sentences import count_sentences
from winnow.verifiers.verdict import cut

_WORD = re.compile(r"\w+")
_DIVIDER = re.compile(r"\s?\*\*\*\s?")
_ENDS_WORD = re.compile(r"[.,?!'\"]")


@instruction("length_constraints:number_words")
def number_words(num_words: int, relation: Relation) -> Test:
    """So many runs of letters, digits and underscores: `don't` and `well-known` are two words each.

    This is the paper's rule to the letter; it needs no tokenizer.
    """
    at_least("num_words", num_words, 0)
    return lambda text: compared(sum(1 for _ in _WORD.finditer(text)), "word", relation, num_words)


@instruction("length_constraints:number_sentences")
def number_sentences(num_sentences: int, relation: Relation) -> Test:
    """So many sentences, by winnow's own rule (that of `sentence_count`).

    The paper's code asks nltk's trained Punkt model, which does not end a sentence at a blank line, so that
    a title without a full stop is part of the sentence below it, and which does at other abbreviations.
    """
    at_least("num_sentences", num_sentences, 0)
    return lambda text: compared(count_sentences(text), "sentence", relation, num_sentences)


@instruction("length_constraints:number_paragraphs")
def number_paragraphs(num_paragraphs: int) -> Test:
    """Exactly so many paragraphs, set apart by `***`; an empty one may stand at either end only."""
    at_least("num_paragraphs", num_paragraphs, 1)

    def amiss(text: str) -> str | None:
        parts = _DIVIDER.split(text)
        if any(not part.strip() for part in parts[1:-1]):
            return "an empty paragraph between two dividers"
        found = sum(1 for part in parts if part.strip())
        if found == num_paragraphs:
            return None
        return f"{counted(found, 'paragraph')} set apart by ***, expected {num_paragraphs}"

    return amiss


@instruction("length_constraints:nth_paragraph_first_word")
def nth_paragraph_first_word(num_paragraphs: int, nth_paragraph: int, first_word: str) -> Test:
    """Exactly so many paragraphs, set apart by an empty line, the nth of which begins with the word."""
    at_least("num_paragraphs", num_paragraphs, 1)
    at_least("nth_paragraph", nth_paragraph, 1)
    if nth_paragraph > num_paragraphs:
        told = f"nth_paragraph is {nth_paragraph}, which is more than num_paragraphs, {num_paragraphs}"
        raise SpecError(told, ("nth_paragraph",))
    wanted = filled("first_word", first_word).lower()

    def amiss(text: str) -> str | None:
        parts = text.split("\n\n")
        found = sum(1 for part in parts if part.strip())
        if found != num_paragraphs:
            return f"{counted(found, 'paragraph')}, expected {num_paragraphs}"
        word = _first_word(parts[nth_paragraph - 1])
        if word == wanted:
            return None
        told = f"begins with {cut(word, 40)!r}" if word else "is empty"
        return f"paragraph {nth_paragraph} {told}, expected {cut(wanted, 40)!r}"

    return amiss


def _first_word(paragraph: str) -> str:
    pieces = paragraph.split(maxsplit=1)
    word = pieces[0].lstrip("'").lstrip('"') if pieces else ""
    return _ENDS_WORD.split(word, maxsplit=1)[0].lower()
