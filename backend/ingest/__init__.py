"""Step 0, usage events come in: validated, counted once, and on disk before anybody is told so."""
