"""What customers may use, and how it is measured."""
