"""The portal: its door, its words, its pages in a real browser."""
