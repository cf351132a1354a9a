"""How datasets are cleaned: the part `clean` of a recipe's `build`. Whatever is not asked for is off."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Personal = Literal["email", "phone", "card", "iban", "ip", "ssn"]
PERSONAL: tuple[Personal, ...] = ("email", "phone", "card", "iban", "ip", "ssn")
FILES = (".jsonl", ".parquet", ".csv", ".txt")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class DuplicatesConfig(_Part):
    """Where near duplicates are out: texts whose shingles have a Jaccard similarity of `threshold` or more.

    `prompts`: among the problems; `candidates`: among a problem's answers with the same verdict; `answers`:
    among the rows that were chosen, across problems. With `numbers` texts that differ in a number or an
    operator are no duplicates.
    """

    prompts: bool = False
    """Among the problems."""
    candidates: bool = False
    """Among a problem's answers with the same verdict."""
    answers: bool = False
    """Among the rows that were chosen, across problems."""
    threshold: float = Field(default=0.8, ge=0.5, le=1)
    """From which Jaccard similarity on texts are alike."""
    numbers: bool = True

    @model_validator(mode="after")
    def _somewhere(self) -> DuplicatesConfig:
        if not (self.prompts or self.candidates or self.answers):
            raise ValueError("asks for nothing: set prompts, candidates or answers to true")
        return self


class EvaluationConfig(_Part):
    """An evaluation set that no row may overlap with: a file, a folder or a dataset of the Hub.

    `fields` are read as texts of their own; of a `.txt` file every line is one. `revision` pins what the Hub
    gives; `name` is what a drop calls the set.
    """

    path: str = Field(min_length=1)
    """A file, a folder of data files, or a dataset of the Hub."""
    fields: list[str] = Field(default_factory=list)
    config: str | None = None
    """Which of the dataset's configurations."""
    split: str = "test"
    """Which of its splits."""
    revision: str | None = None
    name: str | None = None

    @property
    def told(self) -> str:
        """What it is called."""
        return self.name or self.path

    @property
    def suffix(self) -> str:
        """The kind of file that `path` names; nothing where it is a folder or of the Hub."""
        path = self.path.removesuffix(".gz")
        return next((kind for kind in FILES if path.endswith(kind)), "")

    @model_validator(mode="after")
    def _fields(self) -> EvaluationConfig:
        if self.suffix == ".txt" and self.fields:
            raise ValueError("a .txt file has no fields: every line is a text; leave `fields` out")
        if self.suffix != ".txt" and not self.fields:
            raise ValueError("`fields` must name the fields to compare with, such as [question]")
        if self.suffix and (self.config or self.revision):
            raise ValueError("`config` and `revision` are for datasets of the Hub, and this is a file")
        return self


class RefusalsConfig(_Part):
    """Answers that begin with a refusal; `also` are regular expressions of your own, in Rust's syntax.

    They take time that is linear in the text: there are no back references and no lookaround.
    """

    also: list[str] = Field(default_factory=list)

    @field_validator("also")
    @classmethod
    def _sound(cls, patterns: list[str]) -> list[str]:
        if patterns:
            from winnow.steps.clean.patterns import must_be_sound

            for pattern in patterns:
                must_be_sound(pattern)
        return patterns


class TokensConfig(_Part):
    """At most `prompt_and_completion` tokens of the model that is to be trained.

    `tokenizer` is a `tokenizer.json`, a folder that holds one, or a model of the Hub.
    """

    tokenizer: str = Field(min_length=1)
    prompt_and_completion: int = Field(gt=0)
    revision: str | None = None
    """A branch, a tag or a commit of the Hub."""


class CleanConfig(_Part):
    """What is cleaned. Equal prompts are always out but for the first; every other rule is off unless named.

    `decontaminate` compares prompts with the evaluation sets, and with `decontaminate_answers` answers too.
    `min_characters` and `max_characters` are of an answer.
    """

    near_duplicates: DuplicatesConfig | None = None
    """Where texts that are much alike are out."""
    decontaminate: list[EvaluationConfig] = Field(default_factory=list)
    """Problems that overlap with one of these evaluation sets are out."""
    decontaminate_answers: bool = False
    """Answers that do are out, too."""
    refusals: RefusalsConfig | None = None
    """Whether answers that begin with a refusal are out: `true`, or with patterns of your own."""
    pii: list[Personal] = Field(default_factory=list)
    """Answers with personal data of these kinds are out; `true`: of all."""
    languages: list[str] = Field(default_factory=list)
    """Answers in none of these languages (ISO 639-1) are out."""
    max_tokens: TokensConfig | None = None
    """Answers that are longer with their prompt are out."""
    min_characters: int = Field(default=0, ge=0)
    """Answers that are shorter are out."""
    max_characters: int | None = Field(default=None, gt=0)
    """Answers that are longer are out."""

    @field_validator("refusals", mode="before")
    @classmethod
    def _simply(cls, told: object) -> object:
        return {} if told is True else None if told is False else told

    @field_validator("pii", mode="before")
    @classmethod
    def _all(cls, told: object) -> object:
        return list(PERSONAL) if told is True else [] if told is False else told

    @field_validator("languages")
    @classmethod
    def _codes(cls, codes: list[str]) -> list[str]:
        for code in codes:
            if not (len(code) == 2 and code.isascii() and code.islower()):
                raise ValueError(f"{code!r} is no ISO 639-1 code: two letters such as en or de")
        return codes

    @model_validator(mode="after")
    def _with_what(self) -> CleanConfig:
        if self.decontaminate_answers and not self.decontaminate:
            raise ValueError("decontaminate_answers needs evaluation sets in `decontaminate`")
        if self.max_characters is not None and self.max_characters < self.min_characters:
            raise ValueError("max_characters is less than min_characters: nothing would be left")
        return self

    @property
    def of_candidates(self) -> bool:
        """Whether a rule looks at candidates."""
        near = self.near_duplicates is not None and self.near_duplicates.candidates
        asked = (self.refusals, self.max_tokens, self.max_characters, near, self.decontaminate_answers)
        return bool(self.pii or self.languages or self.min_characters) or any(
            one is not None and one is not False for one in asked
        )

    @property
    def of_rows(self) -> bool:
        """Whether a rule looks at all chosen rows together."""
        return self.near_duplicates is not None and self.near_duplicates.answers

    @property
    def needs_prompts(self) -> bool:
        """Whether a rule of candidates reads their prompts too."""
        return self.max_tokens is not None
