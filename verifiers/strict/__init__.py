"""Strict tests of form: each decides by a rule that can be written down in a sentence."""
