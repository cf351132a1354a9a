"""Clean: what never becomes a row, whoever verified it. Pure functions of frames; every drop has its rule."""
