"""The card of a build, from what is known of it."""

from __future__ import annotations

from winnow.steps.publish.card.facts import Facts
from winnow.steps.publish.card.made import made
from winnow.steps.publish.card.merge import Card
from winnow.steps.publish.card.metadata import ALWAYS, TAGS, metadata, told_tags
from winnow.steps.publish.card.overview import contents, opening
from winnow.steps.publish.card.use import citation, examples, limits, usage


def card_of(facts: Facts) -> Card:
    """Metadata and text; the same facts give the same bytes."""
    parts = [opening, contents, usage, examples, made, limits, citation]
    body = "\n\n".join(text for part in parts if (text := part(facts)))
    ours = frozenset({*ALWAYS, *TAGS.values(), *told_tags(facts)})
    return Card(metadata(facts), body, ours)
