"""Customers: who uses the product, what they owe, and everything about one of them."""
