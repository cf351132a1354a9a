"""Review: what people say of a build, in Argilla."""
