"""Golden answers: the completion against a reference that is known to be right."""

from winnow.verifiers.golden import choice, exact, number, text

__all__ = ["choice", "exact", "number", "text"]
