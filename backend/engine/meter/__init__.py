"""Step 1, events become usage: a meter's `definition`, one event's worth (`extract`), many events (`aggregate`)."""
