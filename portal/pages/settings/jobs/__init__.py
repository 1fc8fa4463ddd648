"""What runs by itself: how it last went, and what fails."""
