"""One file per resource: what travels, and its translation from and to the domain."""
