"""Refusals, languages and lengths."""

from __future__ import annotations

import time
from pathlib import Path

import polars as pl
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from winnow.steps.clean.config import RefusalsConfig, TokensConfig
from winnow.steps.clean.language import foreign
from winnow.steps.clean.lengths import bounded, too_long
from winnow.steps.clean.refusals import refusals
from winnow.steps.errors import MissingError, UsageError


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can't help with that.",
        "I\u2019m sorry, I cannot assist with this request.",
        "Sorry, but I can't do it.",
        "As an AI language model, I do not have feelings.",
        "I cannot fulfill this request.",
        "  **I apologize, but** I am unable to answer.",
        "Unfortunately, I am unable to provide medical advice.",
        "I'm just an AI, so no.",
        "I must decline.",
        "I can not help you",
        "I won't be able to help with that.",
    ],
)
def test_what_refuses(text: str) -> None:
    (detail,) = refusals(pl.Series([text]))["detail"]
    assert detail.startswith("refuses: ")


@pytest.mark.parametrize(
    "text",
    [
        "I can't find an integer root, so the polynomial is irreducible.",
        "Sorry! Let me try again: 2 + 2 = 4.",
        "The AI model in the story says: I cannot help you.",
        "I cannot be negative, so I = 3.",
        "As an airplane climbs, the pressure falls.",
        "Write: 'I'm sorry for your loss.'",
        "We can not divide by zero, hence x = 1.",
        "",
    ],
)
def test_what_does_not(text: str) -> None:
    assert refusals(pl.Series([text])).height == 0


def test_patterns_of_ones_own() -> None:
    texts = pl.Series(["Lo siento, no puedo ayudar.", "x" * 500 + "no puedo", "Claro."])
    told = refusals(texts, ["(?i)no puedo"])
    assert told.select("at", "detail").rows() == [(0, "refuses: no puedo")]


@pytest.mark.parametrize(
    "pattern",
    [
        "(?x) lo \\s siento # c",
        "(?x) lo \\s siento # c\n",
        "(lo) siento",
        "(?P<what>no|lo siento)",
        "lo siento|never",
        "(?i)LO SIENTO",
    ],
)
def test_a_pattern_means_what_it_means_alone(pattern: str) -> None:
    also = RefusalsConfig(also=[pattern]).also
    assert refusals(pl.Series(["Ay, lo siento."]), also)["detail"].to_list() == ["refuses: lo siento"]


def test_a_pattern_cannot_hang() -> None:
    begun = time.process_time()
    refusals(pl.Series(["a" * 1_000_000 + "!"] * 20), ["(a+)+$", "(a|aa)+$", "(.*a){20}b"])
    assert time.process_time() - begun < 5


GERMAN = "Zuerst z\u00e4hlen wir alle \u00c4pfel, dann teilen wir sie durch die Anzahl der Kinder im Garten."
FRENCH = "Nous additionnons d'abord toutes les pommes, puis nous les partageons entre les enfants du village."
CHINESE = "\u9996\u5148\u6211\u4eec\u628a\u6240\u6709\u7684\u82f9\u679c\u52a0\u8d77\u6765\uff0c" * 4
RUSSIAN = "\u0421\u043d\u0430\u0447\u0430\u043b\u0430 \u043c\u044b \u0441\u043b\u043e\u0436\u0438\u043c "
RUSSIAN += (
    "\u0432\u0441\u0435 \u044f\u0431\u043b\u043e\u043a\u0438 \u0432\u043c\u0435\u0441\u0442\u0435, \u0430 "
)
RUSSIAN += "\u043f\u043e\u0442\u043e\u043c \u0440\u0430\u0437\u0434\u0435\u043b\u0438\u043c \u0438\u0445."
DUTCH = "We zien dat het in de tuin warm was, en of hij nu is gekomen of niet, we tellen alle appels op."
ENGLISH = "First we add all the apples, then we share them among the children."


def test_other_languages() -> None:
    texts = pl.Series([ENGLISH, GERMAN, FRENCH, CHINESE, RUSSIAN, DUTCH])
    told = foreign(texts, ["en"])
    assert told["at"].to_list() == [1, 2, 3, 4, 5]
    assert [detail[:2] for detail in told["detail"]] == ["de", "fr", "zh", "ru", "nl"]
    assert foreign(texts, ["de", "fr"])["at"].to_list() == [0, 3, 4, 5]
    assert foreign(texts, ["en", "de", "fr", "zh", "ru", "nl"]).height == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "42",
        "$x^2 + \\frac{1}{2} = \\alpha$",
        "\\boxed{\\text{die Antwort}}",
        "```python\ndef zusammen(teilen):\n    return durch(alle, kinder, im, garten)\n```",
        "x = 3, y = 4, z = 12 = 3 * 4, a = 4 + 5",
        "def f(n):\n    return [i for i in range(n) if i % 2]\n",
        "Jana has 6/3*6=<<6/3*6=12.0>>12 Pomeranian puppies.\nJana has 12+9=<<12+9=21>>21 puppies.",
    ],
)
def test_what_tells_no_language(text: str) -> None:
    assert foreign(pl.Series([text]), ["en"]).height == 0


def test_a_language_that_nobody_tells() -> None:
    with pytest.raises(UsageError, match="languages: qq"):
        foreign(pl.Series([ENGLISH]), ["qq"])


def test_characters() -> None:
    told = bounded(pl.Series(["a", "abc", "abcdef", "\u00e9\u00e9"]), 2, 5)
    assert told.select("at", "rule", "detail").rows() == [
        (0, "min_characters", "1 characters"),
        (2, "max_characters", "6 characters"),
    ]


@pytest.fixture
def tokenizer(tmp_path: Path) -> Path:
    """A tokenizer of whole words."""
    words = {word: at for at, word in enumerate(["?", "one", "two", "three"])}
    made = Tokenizer(models.WordLevel(words, unk_token="?"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.enable_truncation(4)
    made.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_tokens_of_prompt_and_completion(tokenizer: Path) -> None:
    prompts = pl.Series(["one two", "one two", "one", "one " * 40])
    texts = pl.Series(["three " * 38, "three " * 39, "three", "\u00e9"])
    for where in (tokenizer, tokenizer / "tokenizer.json"):
        told = too_long(prompts, texts, TokensConfig(tokenizer=str(where), prompt_and_completion=40))
        assert told.select("at", "rule", "detail").rows() == [
            (1, "max_tokens", "41 tokens, 2 of them the prompt's"),
            (3, "max_tokens", "41 tokens, 40 of them the prompt's"),
        ]


def test_no_tokenizer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    texts = pl.Series(["a " * 90])
    (tmp_path / "broken.json").write_text("{}")
    for where, error in (
        (str(tmp_path / "no.json"), MissingError),
        (str(tmp_path), MissingError),
        (str(tmp_path / "broken.json"), UsageError),
    ):
        with pytest.raises(error, match="max_tokens: the tokenizer"):
            too_long(texts, texts, TokensConfig(tokenizer=where, prompt_and_completion=4))
