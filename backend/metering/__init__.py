"""Step 1, meters: what is measured in usage events, and how much of it there was."""
