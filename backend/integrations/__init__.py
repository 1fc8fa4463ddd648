"""Adapters: how the ports of the slices are carried out by payment providers and other services."""
