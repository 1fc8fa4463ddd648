"""Billing profiles: who sells, when invoices are drawn and issued, and how they are paid."""
