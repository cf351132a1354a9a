"""Publish: where builds go when they are done."""
