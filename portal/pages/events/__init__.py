"""Events: what programs sent, and what became of it."""
