"""What is published of a build: the files, and the card that is laid over the one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from winnow.steps.publish.card.merge import Card, merged
from winnow.steps.publish.files import File
from winnow.steps.publish.plan import README


@dataclass(frozen=True)
class Publication:
    """A build, by its id, as it is published: all files but the README, and what ours of that is."""

    build: str
    name: str
    files: Mapping[str, File]
    card: Card
    rows: Mapping[str, int]

    @property
    def tag(self) -> str:
        return f"v{self.build}"

    @property
    def title(self) -> str:
        return f"winnow build {self.build}"

    @property
    def description(self) -> str:
        return "\n".join(f"{kind}: {count:,} rows" for kind, count in self.rows.items())

    def over(self, readme: str | None) -> dict[str, File]:
        """All files, for a place whose README is this one: what people wrote there stays."""
        text = merged(self.card, readme)
        return {**self.files, README: File.of(README, text.encode("utf-8"))}
