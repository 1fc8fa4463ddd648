"""Corrections: what turned out wrong about issued invoices, and the decisions that wait for a person."""
