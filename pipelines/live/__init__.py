"""A run while it runs: one snapshot of what it knows, and the views of it."""
