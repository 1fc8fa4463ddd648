"""Customers: who is billed, and whose usage is whose."""
