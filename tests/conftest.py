"""For all tests: what hypothesis tries has no time limit, which on a busy machine is a matter of luck."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")
