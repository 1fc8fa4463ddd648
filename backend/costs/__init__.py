"""What usage costs the seller: list prices of language models, and what a feature's usage comes to."""
