"""What runs by itself, again and again, beside the API and the portal."""
