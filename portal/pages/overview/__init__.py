"""The overview: how the business stands, and what waits for somebody."""
