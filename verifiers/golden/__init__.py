"""Golden answers: the completion against a reference that is known to be right."""

from winnow.verifiers.golden import exact, number

__all__ = ["exact", "number"]
