"""What every scorer's part of a recipe says. Nothing heavy is imported before a scorer is started."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, ConfigDict

from winnow.steps.records import canonical, key_of
from winnow.steps.scoring import Member, Scoring

if TYPE_CHECKING:
    from winnow.steps.score.scorer import Scorer


class ScorerConfig(BaseModel):
    """The base of every scorer's part of a recipe.

    A `finished` one knows completions by more than their text, so it cannot score half of one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    version: ClassVar[str] = "1"  # raised whenever a reward could change
    finished: ClassVar[bool] = False
    elsewhere: ClassVar[frozenset[str]] = frozenset({"type", "aggregate"})  # keys that decide no reward

    @property
    def name(self) -> str:
        return str(getattr(self, "type"))  # noqa: B009 - each subclass has its own literal

    @property
    def relative(self) -> bool:
        """Whether it looks at a group as a whole: where one of its candidates is new, all are scored anew."""
        return False

    @property
    def by_steps(self) -> bool:
        """Whether it may score reasoning steps, and not only the whole."""
        return "aggregate" in type(self).model_fields

    @property
    def comparison(self) -> str | None:
        """The fingerprint of the comparisons that it makes, if it makes some."""
        return None

    @property
    def decisive(self) -> dict[str, Any]:
        """What makes a reward what it is: the same for whoever gives the same rewards."""
        return self.model_dump(mode="json", exclude=set(self.elsewhere))

    @property
    def fingerprint(self) -> str:
        """What tells the scorer's rewards from all others.

        Raises:
            MissingError: they hang on a file, and that is not there.
        """
        return key_of("scorer", self.name, self.version, canonical(self.decisive))

    @property
    def members(self) -> tuple[ScorerConfig, ...]:
        """The scorers that give rewards: this one, or those that it is made of."""
        return (self,)

    @property
    def scoring(self) -> Scoring:
        """How the ledger's rewards are read; raises as `fingerprint`."""
        members = tuple(Member(one.fingerprint, getattr(one, "aggregate", "last")) for one in self.members)
        weights = getattr(self, "weights", None)
        return Scoring(members, getattr(self, "combine", "mean"), tuple(weights) if weights else None)

    def scorer(self, log_dir: Path | None = None) -> Scorer:
        """The scorer, not started yet; what it runs may write logs to `log_dir`."""
        raise NotImplementedError
