"""Verifiers of proofs and of answers that a solver can check."""
