"""What a customer is entitled to: quotas with their grants and reservations, settings, and plain access."""
