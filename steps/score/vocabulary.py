"""A model's tokenizer, as it comes and with special tokens taken for text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from winnow.steps.errors import MissingError


class BadSteps(ValueError):
    """A completion cannot be shown to the model as it is; the message says why."""


class Vocabulary:
    """A tokenizer (of the library `tokenizers`)."""

    def __init__(self, told: str) -> None:
        """`told` is the content of `tokenizer.json`."""
        from tokenizers import Tokenizer

        self._whole, self._plain = Tokenizer.from_str(told), Tokenizer.from_str(told)
        self._plain.encode_special_tokens = True

    def text(self, text: str) -> list[int]:
        return _ids(self._plain, text)

    def spelled(self, text: str) -> list[tuple[int, int]]:
        """As `text`, each token with the place of its last character."""
        found = self._plain.encode(text, add_special_tokens=False)
        return [(number, end - 1) for number, (_, end) in zip(found.ids, found.offsets, strict=True)]

    def shares(self, other: Vocabulary) -> bool:
        """Whether both give every token the same number."""
        return bool(self._whole.get_vocab() == other._whole.get_vocab())

    def markup(self, text: str) -> list[int]:
        return _ids(self._whole, text)

    def token(self, name: str) -> int:
        """The id of a token.

        Raises:
            BadSteps: there is none of this name.
        """
        found: int | None = self._whole.token_to_id(name)
        if found is None:
            raise BadSteps(f"the model's vocabulary has no token {name!r}")
        return found

    def word(self, word: str) -> int:
        """The id of a word that is one token.

        Raises:
            BadSteps: it is several.
        """
        ids = self.text(word)
        if len(ids) != 1:
            raise BadSteps(f"{word!r} is {len(ids)} tokens of the model's vocabulary, expected one")
        return ids[0]

    def is_special(self, name: str) -> bool:
        """Whether a name is that of a token which no text is encoded to."""
        found = self._whole.token_to_id(name)
        return found is not None and self.text(name) != [found]


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer.encode(text, add_special_tokens=False).ids)


def vocabulary_of(named: str, revision: str | None = None) -> Vocabulary:
    """That of a model: a folder, or a name on the Hub.

    Raises:
        MissingError: it has no `tokenizer.json`, or that is none.
    """
    file = Path(named).expanduser() / "tokenizer.json"
    try:
        if not file.is_file():
            from huggingface_hub import hf_hub_download

            file = Path(hf_hub_download(named, "tokenizer.json", revision=revision))
        return Vocabulary(file.read_text(encoding="utf-8"))
    except Exception as broken:  # noqa: BLE001 - `tokenizers` raises what is no class of its own
        why = (str(broken).splitlines() or [type(broken).__name__])[0]
        raise MissingError(
            f"the tokenizer {named!r} cannot be read: {why}: set the engine's `tokenizer`"
        ) from None
