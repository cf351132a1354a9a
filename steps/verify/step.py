"""Verify, as a distilabel step."""

from __future__ import annotations

from typing import Any

from winnow.steps.base import GroupStep
from winnow.steps.verify.judge import Judge


class Verify(GroupStep):
    """Judge the candidates of each group with a ground-truth verifier.

    Attributes:
        verifier: the spec of a verifier, as in a recipe: `{"type": "number"}`.

    Input columns:
        - prompt (`List[Dict[str, str]]`): chat messages.
        - reference (`str`): what the verifier needs, as JSON.
        - candidates or generations: completions.

    Output columns:
        - candidates (`List[Dict[str, Any]]`): with status, score, reason and extracted.

    Categories:
        - filtering
    """

    verifier: dict[str, Any]

    def stage(self) -> Judge:
        return Judge(self.verifier)
