"""Step 6 of the staircase: what is due is gathered, drafted, issued and followed until it is paid."""
