"""Search: reasoning grown step by step, each strategy a pure function of what it is told."""
