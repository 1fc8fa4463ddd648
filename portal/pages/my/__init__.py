"""The pages of a customer: their own plan, usage and invoices, and nobody else's."""
