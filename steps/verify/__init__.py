"""Verify: a verdict for every candidate."""
