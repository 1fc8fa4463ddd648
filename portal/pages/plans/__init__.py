"""What is for sale: plans as buyers see them, and how they are made."""
