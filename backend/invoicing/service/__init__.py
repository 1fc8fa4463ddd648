"""The use cases of invoicing, one module per verb."""
