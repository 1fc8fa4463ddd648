"""Meters: what is counted, and how much of it there was."""
