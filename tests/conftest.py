"""For all tests: no luck, and nothing that an earlier test of the same process left."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from winnow.steps import secrets

# How long an example takes on a busy machine is luck.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def _no_secrets_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What another test had for a secret, `nobody` say, would be hidden in the words of this one."""
    monkeypatch.setattr(secrets, "_seen", {})
