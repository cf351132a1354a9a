"""How process reward models are shown reasoning steps, and at which tokens they say what they think of each.

A step's end is a token, not text: what a completion says never is one, since the names of special tokens in
it are encoded as the characters that they are made of. Where a model's tag is an ordinary word, all is one
text, as the model was trained on it, and the tags are counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from winnow.steps.score.vocabulary import BadSteps, Vocabulary

FamilyName = Literal["qwen", "math_shepherd", "rlhflow", "skywork", "step_tag"]
QWEN_SYSTEM = "Please reason step by step, and put your final answer within \\boxed{}."


class Special(NamedTuple):
    """A token by its name in the vocabulary; `read` is where the model is read for a step: at the token
    itself, or at the one before it, which foretells it."""

    token: str
    read: Literal["here", "before"] | None = None


class Markup(NamedTuple):
    """Text of a chat template, in which the names of special tokens are special tokens."""

    text: str


Piece = str | Special | Markup


class Encoded(NamedTuple):
    """Token ids, and the places at which the model is read, one a reasoning step."""

    ids: list[int]
    places: list[int]


@dataclass(frozen=True, slots=True)
class Family:
    """A model's way with steps: its `tag` ends one. With `good` and `bad` the model says one of these words
    there; without, its head has two labels, of which the second is good, or one, whose sigmoid it is."""

    tag: str
    good: str | None = None
    bad: str | None = None
    chatml: bool = False  # the task stands in ChatML, below Qwen's system prompt
    begin: str | None = None  # the token before everything
    lines: bool = False  # every line, also of the task, ends in `tag`, and a step is read at its last one
    head: str = "score"  # what the head's layers are called in the checkpoint

    def encode(self, vocabulary: Vocabulary, task: str, steps: Sequence[str]) -> Encoded:
        """What the model reads; as many places as there are steps.

        Raises:
            BadSteps: the vocabulary has not what it takes, or a step has a tag in its text.
        """
        if self.lines:
            return self._by_lines(vocabulary, task, steps)
        if self.chatml or vocabulary.is_special(self.tag):
            return encode(vocabulary, self._pieces(task, steps))
        ids = [vocabulary.token(self.begin)] if self.begin else []
        ids += vocabulary.text(f"{task} " + "\n".join(f"{step} {self.tag}" for step in steps))
        tag = vocabulary.text(f" {self.tag}")[-1]
        places = [at for at, number in enumerate(ids) if number == tag]
        if len(places) != len(steps):
            raise BadSteps(f"expected {len(steps)} tags {self.tag!r}, one a step, found {len(places)}")
        return Encoded(ids, places)

    def _by_lines(self, vocabulary: Vocabulary, task: str, steps: Sequence[str]) -> Encoded:
        """Each line by itself, and behind it the token that ends it, as Skywork-o1-Open-PRM was trained: so
        no line runs together with its end. Of a step of several lines the last one's end is its own."""
        end = vocabulary.text(self.tag)[-1]
        ids = [vocabulary.token(self.begin)] if self.begin else []
        ids += vocabulary.text(f"{task}{self.tag}")
        places: list[int] = []
        for step in steps:
            for line in step.splitlines():
                ids += [*vocabulary.text(line), end] if line.strip() else []
            places.append(len(ids) - 1)
        return Encoded(ids, places)

    def _pieces(self, task: str, steps: Sequence[str]) -> list[Piece]:
        tagged: list[Piece] = [piece for step in steps for piece in (step, Special(self.tag, "here"))]
        if not self.chatml:
            return [*([Special(self.begin)] if self.begin else []), f"{task} ", *tagged]
        start, end = Special("<|im_start|>"), Special("<|im_end|>")
        asked: list[Piece] = [start, f"system\n{QWEN_SYSTEM}", end, "\n", start, f"user\n{task}", end, "\n"]
        return [*asked, start, "assistant\n", *tagged, end, "\n"]


FAMILIES = {
    "qwen": Family("<extra_0>", chatml=True),
    "math_shepherd": Family("ки", "+", "-", begin="<s>"),
    "skywork": Family("\n", lines=True, head="v_head.summary"),
}


def encode(vocabulary: Vocabulary, pieces: Sequence[Piece]) -> Encoded:
    """Pieces as token ids. Raises as `Family.encode`."""
    ids: list[int] = []
    places: list[int] = []
    for piece in pieces:
        if isinstance(piece, Special):
            if piece.read:
                places.append(len(ids) - (piece.read == "before"))
            ids.append(vocabulary.token(piece.token))
        else:
            ids += vocabulary.markup(piece.text) if isinstance(piece, Markup) else vocabulary.text(piece)
    return Encoded(ids, places)


def turns(task: str, steps: Sequence[str]) -> tuple[list[str], list[Piece]]:
    """RLHFlow's dialogue, as roles and contents: each step is a turn of the user's, the first behind the
    task, and each answer is `+`, before which the model is read."""
    roles: list[str] = []
    contents: list[Piece] = []
    for at, step in enumerate(steps):
        roles += ["user", "assistant"]
        contents += [step if at else f"{task} {step}", Special("+", "before")]
    return roles, contents
