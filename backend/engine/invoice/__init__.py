"""Step 6, charges become an invoice: when lines are gathered, what they add up to, and how an invoice lives."""
