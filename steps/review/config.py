"""How rows are sent to Argilla for people to review: the part `publish.argilla` of a recipe."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Choose = Literal["random", "uncertain", "disagreement"]
By = Literal["family", "model", "split"]


class ArgillaConfig(BaseModel):
    """`{dataset: sums-review, records: 200}`: so many rows of `sft` in the Argilla dataset `sums-review-sft`,
    and as many of `preference` in `sums-review-preference`.

    `choose`: `random`; `uncertain`, those first of which the verifier is least sure; `disagreement`, those
    first that the reward speaks most against. `by`: as many of each family, model or split. A record is done
    when `min_submitted` people have submitted. `annotators` are names of users of that server, who are let
    into the workspace. Address and key come from ARGILLA_API_URL and ARGILLA_API_KEY; `api_url` is another
    address.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    dataset: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$")
    """What the names of Argilla's datasets begin with."""
    workspace: str = Field(default="default", min_length=1, max_length=200)
    """The workspace there."""
    records: int = Field(default=200, gt=0)
    """So many rows of each dataset at most."""
    choose: Choose = "random"
    by: By | None = None
    min_submitted: int = Field(default=1, gt=0)
    annotators: list[str] = Field(default_factory=list)
    create_workspace: bool = False
    """Whether to make the workspace; it takes an owner's key."""
    guidelines: str | None = Field(default=None, min_length=1, max_length=10_000)
    """What people read beside the records; without it, ours."""
    api_url: str | None = Field(default=None, pattern=r"^https?://[^\s]+$")
