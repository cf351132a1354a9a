"""Verifiers that run things."""
