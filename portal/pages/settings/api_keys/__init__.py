"""API keys: the ways in for programs."""
