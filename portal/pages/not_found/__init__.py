"""What stands at an address where nothing is."""
