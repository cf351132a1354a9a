"""A recipe: the frozen models of its YAML, and the errors that lead to the line.

Importing this module takes a fraction of a second and no distilabel, so that `winnow validate` is quick.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from winnow.pipelines.document import NAME, Document, Path_, read_document
from winnow.pipelines.keys import known_keys, suggestion, types_at
from winnow.pipelines.notify import NotifyConfig
from winnow.steps.build.config import BuildConfig
from winnow.steps.errors import UsageError
from winnow.steps.foreign.config import ForeignConfig
from winnow.steps.process.config import LabelConfig
from winnow.steps.publish.config import PublishConfig
from winnow.steps.records import canonical, key_of
from winnow.steps.sample.config import SampleConfig
from winnow.steps.score.config import AnyScorer, VotesConfig
from winnow.steps.secrets import mentions
from winnow.steps.source import AnySource
from winnow.verifiers import SpecError, load

if TYPE_CHECKING:
    from distilabel.pipeline import Pipeline

# The only places in which ${env:NAME} means something; elsewhere its value would reach the ledger.
_EXPANDED = (("sample", "engine"), ("source", "path"))
_SECRET = re.compile(r"key|token$|secret|password", re.IGNORECASE)  # not shown, whatever is wrong with it


class Recipe(BaseModel):
    """What a pipeline does: where problems come from, who is asked, who decides, what is built.

    >>> recipe = Recipe.model_validate({
    ...     "name": "sums",
    ...     "source": {"type": "inline", "prompt": "q", "reference": {"answer": "a"},
    ...                "rows": [{"q": "What is 2 + 2?", "a": "4"}]},
    ...     "sample": {"engine": {"type": "replay", "path": "candidates.jsonl"}, "n": 4},
    ...     "verify": {"type": "number"},
    ... })
    >>> recipe.build.sft.per_problem if recipe.build.sft else 0
    2
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: str = Field(pattern=NAME)
    """What the run's folder below `runs/` is called."""
    source: AnySource
    """Where problems come from."""
    sample: SampleConfig
    """Who is asked, how, and how often."""
    verify: dict[str, Any]
    """Which verifier decides, with its parameters; what is left out is read from each problem's reference."""
    score: AnyScorer | None = None
    """Who gives rewards, beside the verdicts."""
    label: LabelConfig | None = None
    """Whether rollouts tell which reasoning steps are good."""
    steps: list[ForeignConfig] = Field(default_factory=list)
    """Distilabel steps of others, which are given each judged group in turn."""
    build: BuildConfig = Field(default_factory=BuildConfig.both)
    """Which datasets are made."""
    publish: PublishConfig | None = None
    """Where builds go, and who reviews them."""
    notify: NotifyConfig | None = None
    """Who is told how a run ended."""
    self_check: int = Field(default=8, ge=0)
    """So many problems' golden answers must pass before anything is asked; 0: none."""

    @field_validator("verify")
    @classmethod
    def _loads(cls, spec: dict[str, Any]) -> dict[str, Any]:
        load(spec)
        return spec

    @model_validator(mode="after")
    def _rewards_are_given(self) -> Self:
        if self.score is None and (wanting := next(_wanting_rewards(self.build), None)):
            raise ValueError(f"{wanting}, and nobody gives any: add `score`")
        agree = self.build.stepwise and self.build.stepwise.agree
        if agree and self.score and not any(one.by_steps for one in self.score.members):
            raise ValueError(
                f"`build.stepwise.agree` goes by scores of steps, and this {self.score.name} scores whole "
                "answers: use a `prm`, or a `judge` of `form: steps`"
            )
        return self

    @model_validator(mode="after")
    def _trees_are_grown(self) -> Self:
        steps, search = self.build.step_preference, self.sample.search
        if steps is not None and steps.by == "tree" and not (search and search.stop):
            raise ValueError(
                "`build.step_preference.by` is `tree`, and nobody grows one: add a `sample.search` by steps"
            )
        return self

    @model_validator(mode="after")
    def _votes_are_for_its_answers(self) -> Self:
        for one in self.score.members if self.score else ():
            if isinstance(one, VotesConfig):
                one.by_answers_of(load(self.verify).fingerprint)
        return self

    @model_validator(mode="after")
    def _rollouts_can_be_made(self) -> Self:
        if self.label is not None and (kind := self.sample.engine.type) in ("replay", "batch"):
            raise ValueError(
                f"`label` goes on from answers, which an engine of type {kind} cannot: use one that is asked "
                "now, or leave `label` out"
            )
        return self

    @model_validator(mode="after")
    def _search_is_led(self) -> Self:
        search, score = self.sample.search, self.score
        if search is None:
            return self
        if score is None:
            if search.stop:
                raise ValueError("a search goes where a scorer says that it is good: add `score`")
            return self
        known = next((one.name for one in score.members if one.relative or one.finished), None)
        if known is not None:
            raise ValueError(f"`score: {{type: {known}}}` scores whole answers, and a search asks for steps")
        if getattr(score, "combine", None) == "majority":
            raise ValueError("`combine: majority` looks at whole groups, and a search at steps: take `mean`")
        return self

    @property
    def told(self) -> dict[str, Any]:
        """The recipe as plain data, defaults left out, references to the environment unexpanded."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @property
    def whole(self) -> dict[str, Any]:
        """The same with every default: two recipes that say the same are equal."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def fingerprint(self) -> str:
        return key_of("recipe", canonical(self.told))

    def to_distilabel(self) -> Pipeline:
        """The same chain of steps as a stock distilabel Pipeline, without ledger and resume."""
        from winnow.pipelines.distilabel import pipeline_of

        return pipeline_of(self)


def _wanting_rewards(build: BuildConfig) -> Iterator[str]:
    """What of a build goes by rewards."""
    for kind in ("sft", "preference", "kto", "reward", "stepwise"):
        config = getattr(build, kind)
        if getattr(config, "trust", None) == "reward":
            yield f"build.{kind}.trust is reward"
        if getattr(config, "agree", None) is not None:
            yield f"build.{kind}.agree asks a scorer"
        if any(key.removeprefix("-") == "reward" for key in getattr(config, "rank_by", ())):
            yield f"build.{kind}.rank_by has reward"


def load_recipe(path: str | Path, sets: Sequence[str] = ()) -> Recipe:
    """Read a recipe from YAML, with overrides such as `sample.temperature=0.7` laid over it.

    Raises:
        UsageError: told with file, line, key, what was found, and the nearest right key.
    """
    return recipe_of(read_document(Path(path), sets))


def recipe_of(document: Document) -> Recipe:
    """The recipe that a document holds.

    Raises:
        UsageError: as `load_recipe`.
    """
    _only_where_expanded(document, document.data, ())
    try:
        return Recipe.model_validate(document.data)
    except ValidationError as invalid:
        lines = [_explain(document, error) for error in invalid.errors()]
        raise UsageError("\n".join(dict.fromkeys(lines))) from None


def _only_where_expanded(document: Document, value: Any, path: Path_) -> None:
    if isinstance(value, dict):
        for key, below in value.items():
            _only_where_expanded(document, below, (*path, key))
    elif isinstance(value, list):
        for at, below in enumerate(value):
            _only_where_expanded(document, below, (*path, at))
    elif isinstance(value, str) and mentions(value) and not _is_expanded(path):
        places = ", ".join([".".join(place) for place in _EXPANDED] + ["notify", "an engine of score"])
        raise UsageError(
            f"{document.where(path)}: {_dotted(path)}: ${{env:...}} is expanded only in {places}; "
            "elsewhere its value would be written down"
        )


def _is_expanded(path: Path_) -> bool:
    if path[0] == "score":
        return not {"engine", "reference"}.isdisjoint(path)
    return path[:2] in _EXPANDED or path[0] == "notify"


def _explain(document: Document, error: Any) -> str:
    path, tail = _real_path(document.data, error["loc"])
    where, key = document.where(path), _dotted((*path, *tail))
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, SpecError):
        return f"{document.where((*path, *cause.path))}: {_dotted((*path, *cause.path))}: {cause}"
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        known = known_keys(Recipe, document.data, path[:-1])
        return f"{where}: unknown key `{key}`: {suggestion(str(path[-1]), known)}"
    if kind == "missing":
        return f"{where}: the key `{key}` is missing"
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        expected = error["ctx"].get("expected_tags", "").replace("'", "").split(", ")
        tag = found.get("type") if isinstance(found, dict) else None
        if tag is None:
            kinds = ", ".join(filter(None, expected)) or ", ".join(types_at(Recipe, path))
            return f"{where}: `{key}` needs the key `type`, one of: {kinds}"
        told = document.where((*path, "type"))
        return f"{told}: `{key}.type` is {tag!r}: {suggestion(str(tag), expected)}"
    message = str(cause) if cause else error["msg"][0].lower() + error["msg"][1:]
    secret = _SECRET.search(str(path[-1])) if path else None
    shown = "" if secret or isinstance(found, dict | list) else f", found {found!r}"
    return f"{where}: `{key}`: {message}{shown}"


def _real_path(data: Any, loc: tuple[str | int, ...]) -> tuple[Path_, Path_]:
    """Where an error's location stands in the document, and what of it is not there.

    pydantic puts the tag of a union into the location; the document has no such key.
    """
    path: list[str | int] = []
    for at, part in enumerate(loc):
        if _has(data, part):
            data = data[part]
        elif isinstance(data, dict) and data.get("type") == part:
            continue
        else:
            return tuple(path), tuple(loc[at : at + 1])
        path.append(part)
    return tuple(path), ()


def _has(data: Any, part: str | int) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list) and isinstance(part, int) and part < len(data)


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path) or "recipe"
