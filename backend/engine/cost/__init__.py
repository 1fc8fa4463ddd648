"""What usage costs the seller: a fixed amount for each unit, or the list price of a language model's tokens."""
