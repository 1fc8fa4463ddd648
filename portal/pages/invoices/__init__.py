"""Invoices: from gathering to paid, and what explains every amount on them."""
