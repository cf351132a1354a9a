"""Rollouts: completions that go on from the reasoning steps of a candidate."""
