"""Golden answers: the completion against a reference that is known to be right."""
