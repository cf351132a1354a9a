"""Rows: no secret gets into an event, whatever it is made of."""

from __future__ import annotations

import pytest

from winnow.steps import secrets
from winnow.steps.ledger.schema import done_row, event_row


@pytest.mark.parametrize("secret", ['pa"ss\\word1', "schlüssel", "with space", "tab\there"])
def test_a_secret_is_found_before_it_is_escaped(secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "_seen", {})
    monkeypatch.setenv("WINNOW_TEST_KEY", f"{secret}\n")
    secrets.expand("${env:WINNOW_TEST_KEY}")
    row = event_row("request_failed", f"for {secret}", {"why": [f"401 for {secret}"], secret: 1}, "r")
    assert row[2] == "for ${env:WINNOW_TEST_KEY}"
    assert row[3] == '{"${env:WINNOW_TEST_KEY}":1,"why":["401 for ${env:WINNOW_TEST_KEY}"]}'


def test_what_is_found_by_equality_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret called "plan" once made every group unfinished again."""
    monkeypatch.setattr(secrets, "_seen", {"plan": "${env:X}"})
    assert done_row("p", "abc", "r")[3] == '{"plan":"abc"}'
