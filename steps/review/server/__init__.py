"""Argilla's server for trials and tests: real, in an environment of its own, without docker."""
