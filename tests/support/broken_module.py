"""A module that somebody else broke."""

raise KeyError("of somebody else's")
