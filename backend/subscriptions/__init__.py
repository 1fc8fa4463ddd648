"""Subscriptions: what a customer has bought, as a snapshot of the plan at that moment."""
