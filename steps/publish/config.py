"""The `publish` part of a recipe."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from winnow.steps.review.config import ArgillaConfig

_FROZEN = ConfigDict(extra="forbid", frozen=True, strict=True)
_Line = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\r\n]+$")]
_License = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.+-]*$")]


class HubConfig(BaseModel):
    """`{repo: my-org/sums, private: true}`: a dataset of the Hugging Face Hub, made where it is not there.

    With `branch` or `pull_request` a build waits there for a review; `winnow publish --promote` takes it to
    `main`.
    """

    model_config = _FROZEN

    repo: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]{0,95}$")
    """Owner and name of the dataset."""
    private: bool = True
    """Whether a repo that is made now is private."""
    branch: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Where a build waits for a review."""
    pull_request: bool = False
    """Whether it waits as a pull request."""

    @model_validator(mode="after")
    def _one_gate(self) -> Self:
        if self.branch and self.pull_request:
            raise ValueError("`branch` and `pull_request` are two ways to wait for a review: choose one")
        if self.branch == "main":
            raise ValueError("`branch: main` is no review: leave it out")
        return self


class CardConfig(BaseModel):
    """What only people know of a dataset; everything else on its card is counted.

    Licences are the Hub's ids, as `apache-2.0`, `cc-by-4.0` or `other`.
    """

    model_config = _FROZEN

    pretty_name: _Line | None = None
    """The dataset's name for people."""
    summary: str | None = None
    """A paragraph about it."""
    license: _License | None = None
    """Of the dataset."""
    source_license: _License | None = None
    """Of the problems."""
    model_license: _License | None = None
    """Of the model that answered."""
    language: list[Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}|code|multilingual)$")]] = Field(
        default_factory=list
    )
    """Of the texts (ISO 639), or `code`."""
    tags: list[_Line] = Field(default_factory=list)
    """For the Hub's search."""
    limits: str | None = None
    """What it should not be used for."""
    citation: str | None = None
    """How to cite it, as BibTeX."""


class PublishConfig(BaseModel):
    """Where builds go: `hub`, `to`, a directory or a URL that fsspec knows (`s3://bucket/sums`), and
    `argilla`, for people to review."""

    model_config = _FROZEN

    hub: HubConfig | None = None
    """A dataset of the Hugging Face Hub."""
    to: str | None = Field(default=None, min_length=1)
    """A directory, or a URL that fsspec knows: `s3://bucket/sums`."""
    card: CardConfig = Field(default_factory=CardConfig)
    """What only people know of the dataset."""
    argilla: ArgillaConfig | None = None
    """Where people review it."""
