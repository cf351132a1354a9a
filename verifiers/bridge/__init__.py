"""Bridges: functions, reward functions and tasks of others as verifiers, and ours as reward functions."""
