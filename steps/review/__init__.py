"""Review: rows shown to people, and what these say of them."""
