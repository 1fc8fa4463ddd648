"""Where a person signs in."""
