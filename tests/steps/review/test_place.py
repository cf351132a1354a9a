"""A dataset that is there is ours only if it asks what we ask."""

from __future__ import annotations

import copy

import pytest

from winnow.steps.review.forms import FORMS
from winnow.steps.review.place import is_alike


@pytest.mark.parametrize("kind", FORMS)
def test_another_kind_or_other_answers_are_another_dataset(kind: str) -> None:
    for part in (*FORMS[kind].fields, *FORMS[kind].questions, *FORMS[kind].metadata):
        there = copy.deepcopy(part)
        there["settings"]["values"] = None  # as a server tells more of it
        assert is_alike(there, part)
        there["settings"]["type"] = "span"
        assert not is_alike(there, part)
        if "options" in part["settings"]:
            there = copy.deepcopy(part)
            there["settings"]["options"].pop()
            assert not is_alike(there, part)
