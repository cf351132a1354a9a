"""Build: selected candidates as datasets, with a manifest of what they were made of."""
