"""The staff who sign in, and their roles."""
